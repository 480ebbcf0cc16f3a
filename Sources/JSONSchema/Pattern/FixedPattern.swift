/// A pattern that describes texts of one length from start to end, each place by a set of ASCII characters.
///
/// Identifiers are like that, and such a text is checked without an automaton.
struct FixedPattern {
    private static let lengthLimit = 1024

    /// For each byte, a bit for each set it is in.
    private(set) var members = [UInt64](repeating: 0, count: 256)
    /// For each place, the bit of its set.
    private(set) var places: [UInt64] = []
    private var sets: [ScalarSet] = []

    /// Understands the pattern, or fails if it is not like that.
    init?(_ node: PatternNode) {
        guard case .sequence(let nodes) = node, nodes.count >= 3, case .assertion(.start) = nodes[0],
            case .assertion(.end) = nodes[nodes.count - 1]
        else { return nil }
        for node in nodes[1..<nodes.count - 1] where !add(node) { return nil }
        guard !places.isEmpty else { return nil }
    }

    private mutating func add(_ node: PatternNode) -> Bool {
        switch node {
        case .set(let set):
            guard let last = set.ranges.last, last.upperBound < 0x80, places.count < Self.lengthLimit else {
                return false
            }
            let index = sets.firstIndex(of: set) ?? sets.count
            if index == sets.count {
                guard sets.count < 64 else { return false }
                sets.append(set)
                for range in set.ranges {
                    for byte in range { members[Int(byte)] |= 1 << UInt64(index) }
                }
            }
            places.append(1 << UInt64(index))
            return true
        case .sequence(let nodes): return nodes.allSatisfy { add($0) }
        case .group(let node, _): return add(node)
        case .repeated(let node, let atLeast, let atMost, _):
            guard atLeast == atMost, atLeast <= Self.lengthLimit else { return false }
            for _ in 0..<atLeast where !add(node) { return false }
            return true
        default: return false
        }
    }
}
