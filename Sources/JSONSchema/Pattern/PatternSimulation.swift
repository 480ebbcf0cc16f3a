/// Runs a nondeterministic automaton by keeping the set of all states it may be in.
///
/// Takes at most states × bytes steps, so time is bounded by both; for patterns whose table is too large.
///
/// Source: Thompson (1968); Cox, "Regular Expression Matching Can Be Simple And Fast" (2007).
struct PatternSimulation {
    private let automaton: PatternAutomaton

    init(_ automaton: PatternAutomaton) { self.automaton = automaton }

    /// Whether the pattern matches somewhere, or `nil` once the steps are spent.
    func matches(_ text: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Bool? {
        var stamps = [Int](repeating: -1, count: automaton.states.count)
        var current: [Int32] = [automaton.start]
        var next: [Int32] = []
        var stack: [Int32] = []
        var previous = PatternAutomaton.Neighbour.edge
        for position in 0...text.count {
            let byte = position < text.count ? text[position] : nil
            let following = byte.map { PatternAutomaton.Neighbour($0) } ?? .edge
            next.removeAll(keepingCapacity: true)
            stack.append(contentsOf: current)
            while let index = stack.popLast() {
                guard stamps[Int(index)] != position else { continue }
                stamps[Int(index)] = position
                steps -= 1
                let state = automaton.states[Int(index)]
                switch state.kind {
                case .bytes:
                    if let byte, state.low <= byte, byte <= state.high { next.append(state.next) }
                case .split:
                    stack.append(state.next)
                    stack.append(state.other)
                case .assertion:
                    if PatternAutomaton.holds(state.low, previous: previous, next: following) {
                        stack.append(state.next)
                    }
                case .match: return true
                }
            }
            guard steps > 0 else { return nil }
            if !automaton.isAnchored { next.append(automaton.start) }
            if next.isEmpty { return false }
            swap(&current, &next)
            previous = following
        }
        return false
    }
}
