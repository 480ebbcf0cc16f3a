/// A regular expression that answers in bounded time.
///
/// Most patterns become a table with one look per byte; what would make that table too large is simulated
/// state by state. Both take time proportional to the subject, whatever the pattern. Looking around and
/// back references go to a backtracking matcher whose steps are counted.
///
/// Sendable: immutable.
final class Pattern: Sendable {
    private enum Matcher {
        case table
        case simulation(PatternSimulation)
        case backtracker(PatternBacktracker)
    }

    /// As the schema has it.
    let source: String
    private let matcher: Matcher
    /// The table, where there is one; valid as long as the pattern.
    let table: Table

    /// A ``PatternTable`` in memory of its own, so that matching counts no references.
    ///
    /// Sendable although unchecked: nobody writes to the memory once it is filled.
    struct Table: BitwiseCopyable, @unchecked Sendable {
        var columns: UnsafeMutablePointer<UInt8>?
        var cells: UnsafeMutablePointer<UInt16>?
        var width = 0
        /// Where the pattern is for texts of one length: for each byte, the sets it is in.
        var members: UnsafeMutablePointer<UInt64>?
        /// The set that each place of such a text demands.
        var places: UnsafeMutablePointer<UInt64>?
        var length = 0

        func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
            if let members, let places {
                guard text.count == length else { return false }
                // No place waits for the one before it, which a table of states would.
                var missed = false
                for (place, byte) in text.enumerated() where members[Int(byte)] & places[place] == 0 { missed = true }
                return !missed
            }
            guard let columns, let cells else { return false }
            var state = Int(PatternTable.start) * width
            for byte in text {
                let next = cells[state + Int(columns[Int(byte)])]
                if next <= PatternTable.accepting { return next == PatternTable.accepting }
                state = Int(next) * width
            }
            return cells[state + width - 1] == PatternTable.accepting
        }
    }

    /// Compiles a pattern of ECMA-262 with the `u` flag.
    ///
    /// - Parameters:
    ///   - source: as the schema has it.
    ///   - budget: what is left for the patterns of the schema; reduced by what this one takes.
    /// - Throws: ``PatternError`` if it breaks the syntax or is too large.
    init(_ source: String, _ budget: inout PatternTable.Budget) throws(PatternError) {
        self.source = source
        let node = try PatternParser.parse(source)
        var shared = Table()
        if node.needsBacktracking {
            let backtracker = try PatternBacktracker(node)
            budget.states -= backtracker.size
            matcher = .backtracker(backtracker)
        } else {
            let automaton = try PatternAutomaton(node)
            budget.states -= automaton.states.count
            if let table = PatternTable(automaton, &budget) {
                matcher = .table
                shared.width = table.width
                let columns = UnsafeMutablePointer<UInt8>.allocate(capacity: table.columns.count)
                columns.initialize(from: table.columns, count: table.columns.count)
                let cells = UnsafeMutablePointer<UInt16>.allocate(capacity: table.cells.count)
                cells.initialize(from: table.cells, count: table.cells.count)
                shared.columns = columns
                shared.cells = cells
            } else {
                matcher = .simulation(PatternSimulation(automaton))
            }
        }
        if let fixed = FixedPattern(node) {
            let members = UnsafeMutablePointer<UInt64>.allocate(capacity: fixed.members.count)
            members.initialize(from: fixed.members, count: fixed.members.count)
            let places = UnsafeMutablePointer<UInt64>.allocate(capacity: fixed.places.count)
            places.initialize(from: fixed.places, count: fixed.places.count)
            shared.members = members
            shared.places = places
            shared.length = fixed.places.count
        }
        table = shared
    }

    deinit {
        table.columns?.deallocate()
        table.cells?.deallocate()
        table.members?.deallocate()
        table.places?.deallocate()
    }

    /// Whether the pattern matches somewhere in a text.
    ///
    /// - Parameters:
    ///   - text: valid UTF-8.
    ///   - steps: what may be spent; reduced by what was.
    /// - Returns: `nil` once the steps are spent.
    func matches(_ text: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Bool? {
        switch matcher {
        case .table:
            steps -= text.count >> 3
            return table.matches(text)
        case .simulation(let simulation): return simulation.matches(text, steps: &steps)
        case .backtracker(let backtracker): return backtracker.matches(text, steps: &steps)
        }
    }

    /// Whether the pattern matches somewhere in a text, or `nil` once the steps are spent.
    func matches(_ text: String, steps: inout Int) -> Bool? {
        var text = text
        return text.withUTF8 { matches($0, steps: &steps) }
    }
}
