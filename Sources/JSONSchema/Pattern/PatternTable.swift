/// A deterministic automaton: one look into a table for each byte of the subject.
///
/// It is built whole when the schema is compiled, so that it is immutable and shared by threads. Patterns
/// whose table would grow too large stay with ``PatternSimulation``.
struct PatternTable {
    /// What the tables of one schema may take together.
    struct Budget {
        /// The largest table, in cells of two bytes.
        fileprivate static let cellLimit = 1 << 18
        /// The most steps that building one may take.
        fileprivate static let workLimit = 4_000_000

        fileprivate var cells = 16 * cellLimit
        fileprivate var work = 4 * workLimit
        /// The states of all automata and the instructions of all backtrackers; below 0, the schema is too large.
        var states = 4_000_000
    }

    static let dead: UInt16 = 0
    static let accepting: UInt16 = 1
    static let start: UInt16 = 2

    /// The column of each byte; the last column is the end of the text.
    let columns: [UInt8]
    let width: Int
    let cells: [UInt16]

    /// Builds the table, or fails where it would be too large.
    init?(_ automaton: PatternAutomaton, _ budget: inout Budget) {
        let cellLimit = min(Budget.cellLimit, budget.cells)
        let workLimit = min(Budget.workLimit, budget.work)
        guard workLimit > 0 else { return nil }
        let (columns, representatives) = Self.columns(automaton)
        self.columns = columns
        width = representatives.count + 1
        var builder = Builder(automaton)
        defer { budget.work -= builder.work }
        var cells = [UInt16](repeating: Self.dead, count: width)
        cells += [UInt16](repeating: Self.accepting, count: width)
        var numbers: [Builder.Key: UInt16] = [:]
        var pending = [Builder.Key(states: [automaton.start], previous: .edge)]
        numbers[pending[0]] = Self.start
        var done = 0
        while done < pending.count {
            let key = pending[done]
            done += 1
            for column in 0..<width {
                let byte = column < representatives.count ? representatives[column] : nil
                switch builder.step(key, over: byte) {
                case .accept: cells.append(Self.accepting)
                case .die: cells.append(Self.dead)
                case .go(let next):
                    if let number = numbers[next] {
                        cells.append(number)
                    } else {
                        guard pending.count < Int(UInt16.max) - 8 else { return nil }
                        let number = Self.start + UInt16(pending.count)
                        numbers[next] = number
                        pending.append(next)
                        cells.append(number)
                    }
                }
            }
            guard pending.count * width <= cellLimit, builder.work <= workLimit else { return nil }
        }
        budget.cells -= cells.count
        self.cells = cells
    }

    /// Groups the bytes that no state tells apart.
    private static func columns(_ automaton: PatternAutomaton) -> ([UInt8], [UInt8]) {
        var starts = [Bool](repeating: false, count: 257)
        starts[0] = true
        for state in automaton.states where state.kind == .bytes {
            starts[Int(state.low)] = true
            starts[Int(state.high) + 1] = true
        }
        if automaton.hasAssertions {
            for range in ScalarSet.words.ranges {
                starts[Int(range.lowerBound)] = true
                starts[Int(range.upperBound) + 1] = true
            }
        }
        var columns: [UInt8] = []
        var representatives: [UInt8] = []
        for byte in 0..<256 {
            if starts[byte] { representatives.append(UInt8(byte)) }
            columns.append(UInt8(representatives.count - 1))
        }
        return (columns, representatives)
    }

    private struct Builder {
        struct Key: Hashable {
            var states: [Int32]
            var previous: PatternAutomaton.Neighbour
        }

        enum Step {
            case accept
            case die
            case go(Key)
        }

        private let automaton: PatternAutomaton
        private var stamps: [Int32]
        private var stamp: Int32 = 0
        private var stack: [Int32] = []
        private var closure: [Int32] = []
        private var closureKey: (key: Key, next: PatternAutomaton.Neighbour)?
        private var closureMatches = false
        private(set) var work = 0

        init(_ automaton: PatternAutomaton) {
            self.automaton = automaton
            stamps = [Int32](repeating: -1, count: automaton.states.count)
        }

        mutating func step(_ key: Key, over byte: UInt8?) -> Step {
            let next = byte.map { PatternAutomaton.Neighbour($0) } ?? .edge
            close(key, next: next)
            if closureMatches { return .accept }
            guard let byte else { return .die }
            stamp += 1
            var targets: [Int32] = []
            for index in closure {
                let state = automaton.states[Int(index)]
                if state.low <= byte, byte <= state.high, stamps[Int(state.next)] != stamp {
                    stamps[Int(state.next)] = stamp
                    targets.append(state.next)
                }
            }
            work += closure.count
            if !automaton.isAnchored, stamps[Int(automaton.start)] != stamp { targets.append(automaton.start) }
            if targets.isEmpty { return .die }
            targets.sort()
            return .go(Key(states: targets, previous: automaton.hasAssertions ? next : .other))
        }

        /// Follows what costs no byte; the result is reused while only the byte changes.
        private mutating func close(_ key: Key, next: PatternAutomaton.Neighbour) {
            if let closureKey, closureKey.next == next, closureKey.key == key { return }
            closureKey = (key, next)
            closure.removeAll(keepingCapacity: true)
            closureMatches = false
            stamp += 1
            stack = key.states
            while let index = stack.popLast() {
                guard stamps[Int(index)] != stamp else { continue }
                stamps[Int(index)] = stamp
                work += 1
                let state = automaton.states[Int(index)]
                switch state.kind {
                case .bytes: closure.append(index)
                case .split:
                    stack.append(state.next)
                    stack.append(state.other)
                case .assertion:
                    if PatternAutomaton.holds(state.low, previous: key.previous, next: next) {
                        stack.append(state.next)
                    }
                case .match: closureMatches = true
                }
            }
        }
    }
}
