/// A regular expression that answers in bounded time.
///
/// Most patterns become a table with one look per byte; what would make that table too large is simulated
/// state by state. Both take time proportional to the subject, whatever the pattern. Looking around and
/// back references go to a backtracking matcher whose steps are counted.
///
/// Sendable: immutable.
final class Pattern: Sendable {
    private enum Matcher {
        case table(PatternTable)
        case simulation(PatternSimulation)
        case backtracker(PatternBacktracker)
    }

    /// As the schema has it.
    let source: String
    private let matcher: Matcher

    /// Compiles a pattern of ECMA-262 with the `u` flag.
    ///
    /// - Throws: ``PatternError`` if it breaks the syntax or is too large.
    init(_ source: String) throws(PatternError) {
        self.source = source
        let node = try PatternParser.parse(source)
        if node.needsBacktracking {
            matcher = .backtracker(try PatternBacktracker(node))
        } else {
            let automaton = try PatternAutomaton(node)
            if let table = PatternTable(automaton) {
                matcher = .table(table)
            } else {
                matcher = .simulation(PatternSimulation(automaton))
            }
        }
    }

    /// Whether the pattern matches somewhere in a text.
    ///
    /// - Parameters:
    ///   - text: valid UTF-8.
    ///   - steps: what may be spent; reduced by what was.
    /// - Returns: `nil` once the steps are spent.
    func matches(_ text: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Bool? {
        switch matcher {
        case .table(let table):
            steps -= text.count >> 3
            var state = PatternTable.start
            for byte in text {
                state = table.cells[Int(state) * table.width + Int(table.columns[Int(byte)])]
                if state <= PatternTable.accepting { return state == PatternTable.accepting }
            }
            return table.cells[Int(state) * table.width + table.width - 1] == PatternTable.accepting
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
