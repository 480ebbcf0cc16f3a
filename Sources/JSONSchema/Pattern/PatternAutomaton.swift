/// A nondeterministic finite automaton over the bytes of UTF-8.
///
/// Working on bytes makes the deterministic automaton a plain table with at most 256 columns.
///
/// Source: Thompson, "Regular Expression Search Algorithm" (1968).
struct PatternAutomaton {
    /// Patterns that need more are refused; `.{1,1000}` needs about 9,000.
    static let stateLimit = 100_000

    enum Kind: UInt8 {
        case bytes
        case split
        case assertion
        case match
    }

    struct State {
        var kind: Kind
        var low: UInt8 = 0
        var high: UInt8 = 0
        var next: Int32 = 0
        var other: Int32 = 0
    }

    private(set) var states: [State] = []
    private(set) var start: Int32 = 0
    let isAnchored: Bool
    private(set) var hasAssertions = false

    init(_ node: PatternNode) throws(PatternError) {
        isAnchored = node.isAnchored
        let match = try add(State(kind: .match))
        start = try build(node, next: match)
    }

    private mutating func add(_ state: State) throws(PatternError) -> Int32 {
        guard states.count < Self.stateLimit else {
            throw PatternError(offset: 0, message: "the pattern is too large, the limit is \(Self.stateLimit) states")
        }
        states.append(state)
        return Int32(states.count - 1)
    }

    /// Builds from the end to the start and returns the state to enter by.
    private mutating func build(_ node: PatternNode, next: Int32) throws(PatternError) -> Int32 {
        switch node {
        case .empty: return next
        case .set(let set): return try build(set, next: next)
        case .sequence(let nodes):
            var next = next
            for node in nodes.reversed() { next = try build(node, next: next) }
            return next
        case .choice(let nodes):
            var entry = try build(nodes[nodes.count - 1], next: next)
            for node in nodes.dropLast().reversed() {
                let branch = try build(node, next: next)
                entry = try add(State(kind: .split, next: branch, other: entry))
            }
            return entry
        case .repeated(let node, let atLeast, let atMost, _):
            return try build(repeated: node, atLeast: atLeast, atMost: atMost, next: next)
        case .assertion(let assertion):
            hasAssertions = true
            return try add(State(kind: .assertion, low: assertion.rawValue, next: next))
        case .group(let node, _): return try build(node, next: next)
        case .look, .backreference:
            throw PatternError(offset: 0, message: "looking around and back references need the backtracking matcher")
        }
    }

    private mutating func build(
        repeated node: PatternNode,
        atLeast: Int,
        atMost: Int?,
        next: Int32
    ) throws(PatternError) -> Int32 {
        var entry = next
        if let atMost {
            for _ in atLeast..<max(atLeast, atMost) {
                let body = try build(node, next: entry)
                entry = try add(State(kind: .split, next: body, other: next))
            }
        } else {
            entry = try add(State(kind: .split, other: next))
            let body = try build(node, next: entry)
            states[Int(entry)].next = body
        }
        for _ in 0..<atLeast {
            let earlier = try build(node, next: entry)
            // What is empty is empty any number of times; nested counts of it would never end.
            if earlier == entry { break }
            entry = earlier
        }
        return entry
    }

    private mutating func build(_ set: ScalarSet, next: Int32) throws(PatternError) -> Int32 {
        var sequences: [[ClosedRange<UInt8>]] = []
        for range in set.ranges { Self.appendSequences(range.lowerBound, range.upperBound, to: &sequences) }
        // Tails that are equal are built once.
        var tails: [[ClosedRange<UInt8>]: Int32] = [:]
        var entry: Int32?
        for sequence in sequences.reversed() {
            var state = next
            for index in sequence.indices.reversed() {
                let tail = Array(sequence[index...])
                if let known = tails[tail] {
                    state = known
                } else {
                    state = try add(
                        State(
                            kind: .bytes,
                            low: sequence[index].lowerBound,
                            high: sequence[index].upperBound,
                            next: state
                        )
                    )
                    tails[tail] = state
                }
            }
            if let other = entry {
                entry = try add(State(kind: .split, next: state, other: other))
            } else {
                entry = state
            }
        }
        // The empty set never matches: a range of bytes that UTF-8 does not have.
        if let entry { return entry }
        return try add(State(kind: .bytes, low: 0xFF, high: 0xFF, next: next))
    }

    /// Splits a range of code points into ranges of byte sequences.
    ///
    /// Source: Unicode, table 3-6 (UTF-8 bit distribution).
    private static func appendSequences(_ low: UInt32, _ high: UInt32, to sequences: inout [[ClosedRange<UInt8>]]) {
        guard low <= high else { return }
        for limit: UInt32 in [0x7F, 0x7FF, 0xD7FF, 0xDFFF, 0xFFFF] where low <= limit && limit < high {
            appendSequences(low, limit, to: &sequences)
            appendSequences(limit + 1, high, to: &sequences)
            return
        }
        // Surrogates are not in any text.
        if low >= 0xD800, high <= 0xDFFF { return }
        if high <= 0x7F {
            sequences.append([UInt8(low)...UInt8(high)])
            return
        }
        // All but one byte must be the same or cover everything that can follow.
        for shift: UInt32 in [6, 12, 18] {
            let mask = (UInt32(1) << shift) - 1
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 {
                appendSequences(low, low | mask, to: &sequences)
                appendSequences((low | mask) + 1, high, to: &sequences)
                return
            }
            if high & mask != mask {
                appendSequences(low, (high & ~mask) - 1, to: &sequences)
                appendSequences(high & ~mask, high, to: &sequences)
                return
            }
        }
        guard let lowest = Unicode.Scalar(low), let highest = Unicode.Scalar(high),
            let first = UTF8.encode(lowest), let last = UTF8.encode(highest)
        else { return }
        sequences.append(zip(first, last).map { $0...$1 })
    }

    /// What a byte is to `\b`: no byte of a longer scalar is a word character.
    enum Neighbour: Int {
        case edge
        case word
        case other

        init(_ byte: UInt8) {
            self = ScalarSet.words.contains(UInt32(byte)) && byte < 0x80 ? .word : .other
        }
    }

    /// Whether an assertion holds between two neighbours.
    static func holds(_ assertion: UInt8, previous: Neighbour, next: Neighbour) -> Bool {
        switch PatternNode.Assertion(rawValue: assertion) {
        case .start: previous == .edge
        case .end: next == .edge
        case .wordBoundary: (previous == .word) != (next == .word)
        case .noWordBoundary: (previous == .word) == (next == .word)
        case nil: false
        }
    }
}
