/// A regular expression as a tree.
indirect enum PatternNode {
    case empty
    case set(ScalarSet)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repeated(PatternNode, atLeast: Int, atMost: Int?, isGreedy: Bool)
    case assertion(Assertion)
    case group(PatternNode, capture: Int)
    case look(PatternNode, isBehind: Bool, isNegative: Bool)
    case backreference(Int)

    /// What holds between two characters.
    enum Assertion: UInt8 {
        case start
        case end
        case wordBoundary
        case noWordBoundary
    }

    /// Whether every match starts where the text starts.
    var isAnchored: Bool {
        switch self {
        case .assertion(.start): true
        case .sequence(let nodes): nodes.first?.isAnchored ?? false
        case .choice(let nodes): nodes.allSatisfy(\.isAnchored)
        case .group(let node, _): node.isAnchored
        case .repeated(let node, let atLeast, _, _): atLeast > 0 && node.isAnchored
        default: false
        }
    }

    /// Whether it looks around or back, which no finite automaton does.
    var needsBacktracking: Bool {
        switch self {
        case .look, .backreference: true
        case .sequence(let nodes), .choice(let nodes): nodes.contains(where: \.needsBacktracking)
        case .group(let node, _), .repeated(let node, _, _, _): node.needsBacktracking
        case .empty, .set, .assertion: false
        }
    }
}
