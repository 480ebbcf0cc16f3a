/// Matches patterns that look around or refer back, by trying one way after another.
///
/// No automaton can do that in bounded time, so the number of steps is bounded instead.
struct PatternBacktracker {
    /// Larger programs are refused.
    private static let instructionLimit = 100_000
    /// The most choices that are kept to come back to, 32 bytes each; what needs more has no answer.
    ///
    /// Looking around inside looking around has its share of it.
    private static let choiceLimit = 1_000_000

    private enum Instruction {
        case set(Int)
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case progress(Int)
        case assertion(UInt8)
        case look(end: Int, isBehind: Bool, isNegative: Bool)
        case same(Int)
        case match
    }

    private enum Choice {
        case resume(at: Int, position: Int)
        case restore(slot: Int, value: Int)
    }

    private var program: [Instruction] = []
    private var sets: [ScalarSet] = []
    private var slots = 0
    private let captures: Int

    /// How many instructions it has.
    var size: Int { program.count }

    init(_ node: PatternNode) throws(PatternError) {
        captures = Self.captureCount(node)
        slots = 2 * (captures + 1)
        try emit(node)
        try emit(.match)
    }

    private static func captureCount(_ node: PatternNode) -> Int {
        switch node {
        case .group(let node, let capture): max(capture, captureCount(node))
        case .sequence(let nodes), .choice(let nodes): nodes.map { captureCount($0) }.max() ?? 0
        case .repeated(let node, _, _, _), .look(let node, _, _): captureCount(node)
        default: 0
        }
    }

    private mutating func emit(_ instruction: Instruction) throws(PatternError) {
        guard program.count < Self.instructionLimit else {
            throw PatternError(
                offset: 0,
                message: "the pattern is too large, the limit is \(Self.instructionLimit) instructions"
            )
        }
        program.append(instruction)
    }

    private mutating func emit(_ node: PatternNode) throws(PatternError) {
        switch node {
        case .empty: break
        case .set(let set):
            sets.append(set)
            try emit(.set(sets.count - 1))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .choice(let nodes):
            var jumps: [Int] = []
            for (index, node) in nodes.enumerated() {
                let split = program.count
                if index < nodes.count - 1 { try emit(.split(0, 0)) }
                try emit(node)
                if index < nodes.count - 1 {
                    jumps.append(program.count)
                    try emit(.jump(0))
                    program[split] = .split(split + 1, program.count)
                }
            }
            for jump in jumps { program[jump] = .jump(program.count) }
        case .repeated(let node, let atLeast, let atMost, let isGreedy):
            for _ in 0..<atLeast {
                let before = program.count
                try emit(node)
                // What is empty is empty any number of times; nested counts of it would never end.
                if program.count == before { break }
            }
            if let atMost {
                var splits: [Int] = []
                for _ in atLeast..<max(atLeast, atMost) {
                    splits.append(program.count)
                    try emit(.split(0, 0))
                    try emit(node)
                }
                for split in splits {
                    program[split] = isGreedy ? .split(split + 1, program.count) : .split(program.count, split + 1)
                }
            } else {
                let split = program.count
                let slot = slots
                slots += 1
                try emit(.split(0, 0))
                // A round that matches nothing ends the loop.
                try emit(.save(slot))
                try emit(node)
                try emit(.progress(slot))
                try emit(.jump(split))
                program[split] = isGreedy ? .split(split + 1, program.count) : .split(program.count, split + 1)
            }
        case .assertion(let assertion): try emit(.assertion(assertion.rawValue))
        case .group(let node, let capture):
            try emit(.save(2 * capture))
            try emit(node)
            try emit(.save(2 * capture + 1))
        case .look(let node, let isBehind, let isNegative):
            let look = program.count
            try emit(.look(end: 0, isBehind: isBehind, isNegative: isNegative))
            try emit(node)
            try emit(.match)
            program[look] = .look(end: program.count, isBehind: isBehind, isNegative: isNegative)
        case .backreference(let capture): try emit(.same(capture))
        }
    }

    /// Whether the pattern matches somewhere, or `nil` once the steps are spent.
    func matches(_ text: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Bool? {
        var registers = [Int](repeating: -1, count: slots)
        for start in 0...text.count where start == text.count || text[start] & 0xC0 != 0x80 {
            guard let isMatch = run(0, text, from: start, endingAt: nil, &registers, steps: &steps, depth: 0) else {
                return nil
            }
            if isMatch { return true }
        }
        return false
    }

    private func run(
        _ entry: Int,
        _ text: UnsafeBufferPointer<UInt8>,
        from start: Int,
        endingAt end: Int?,
        _ registers: inout [Int],
        steps: inout Int,
        depth: Int
    ) -> Bool? {
        guard depth <= PatternParser.depthLimit else { return nil }
        var stack: [Choice] = []
        var index = entry
        var position = start
        while true {
            steps -= 1
            guard steps > 0, stack.count <= Self.choiceLimit / (depth + 1) else { return nil }
            var failed = false
            switch program[index] {
            case .set(let set):
                let (scalar, length) = Self.scalar(text, at: position)
                if length > 0, sets[set].contains(scalar) {
                    position += length
                    index += 1
                } else {
                    failed = true
                }
            case .split(let first, let second):
                stack.append(.resume(at: second, position: position))
                index = first
            case .jump(let target): index = target
            case .save(let slot):
                stack.append(.restore(slot: slot, value: registers[slot]))
                registers[slot] = position
                index += 1
            case .progress(let slot):
                failed = registers[slot] == position
                index += 1
            case .assertion(let assertion):
                let previous = position > 0 ? PatternAutomaton.Neighbour(text[position - 1]) : .edge
                let next = position < text.count ? PatternAutomaton.Neighbour(text[position]) : .edge
                failed = !PatternAutomaton.holds(assertion, previous: previous, next: next)
                index += 1
            case .look(let after, let isBehind, let isNegative):
                var found = false
                let before = registers
                steps -= before.count >> 2
                for from in isBehind ? Array((0...position).reversed()) : [position] {
                    guard from == text.count || text[from] & 0xC0 != 0x80 else { continue }
                    guard
                        let isMatch = run(
                            index + 1,
                            text,
                            from: from,
                            endingAt: isBehind ? position : nil,
                            &registers,
                            steps: &steps,
                            depth: depth + 1
                        )
                    else { return nil }
                    if isMatch {
                        found = true
                        break
                    }
                }
                failed = found == isNegative
                if failed || isNegative {
                    registers = before
                } else {
                    for slot in registers.indices where registers[slot] != before[slot] {
                        stack.append(.restore(slot: slot, value: before[slot]))
                    }
                }
                index = after
            case .same(let capture):
                let from = registers[2 * capture]
                let to = registers[2 * capture + 1]
                // A group that took no part matches the empty text.
                if from >= 0, to >= from {
                    let length = to - from
                    steps -= length
                    if position + length <= text.count,
                        (0..<length).allSatisfy({ text[from + $0] == text[position + $0] })
                    {
                        position += length
                    } else {
                        failed = true
                    }
                }
                index += 1
            case .match:
                if end == nil || end == position { return true }
                failed = true
            }
            guard failed else { continue }
            var resumed = false
            while let choice = stack.popLast() {
                switch choice {
                case .restore(let slot, let value): registers[slot] = value
                case .resume(let at, let saved):
                    index = at
                    position = saved
                    resumed = true
                }
                if resumed { break }
            }
            if !resumed { return false }
        }
    }

    private static func scalar(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> (UInt32, Int) {
        guard position < text.count else { return (0, 0) }
        let first = UInt32(text[position])
        if first < 0x80 { return (first, 1) }
        let length = first < 0xE0 ? 2 : (first < 0xF0 ? 3 : 4)
        guard position + length <= text.count else { return (0, 0) }
        var value = first & (0x7F >> UInt32(length))
        for offset in 1..<length { value = value << 6 | UInt32(text[position + offset] & 0x3F) }
        return (value, length)
    }
}
