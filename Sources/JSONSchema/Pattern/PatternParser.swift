/// Reads a regular expression of ECMA-262 with the `u` flag.
///
/// Two liberties that schemas in the wild take are granted: any ASCII punctuation may be escaped, and
/// a `]`, `{` or `}` that cannot be syntax is literal (annex B).
///
/// Source: ECMA-262, section 22.2.1 (patterns).
struct PatternParser {
    /// Deeper groups are refused, so that recursion stays within the stack.
    static let depthLimit = 100
    /// The largest count in `{n,m}`.
    static let countLimit = 100_000

    private let text: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var captures = 0
    private var names: [String: Int] = [:]
    private var namedReferences: [(name: String, offset: Int)] = []
    private var largestReference = (number: 0, offset: 0)
    /// Names are given in order of groups, so a reference may precede its group.
    private var groupNames: [String] = []

    private init(_ text: String) { self.text = Array(text.unicodeScalars) }

    static func parse(_ text: String) throws(PatternError) -> PatternNode {
        var parser = PatternParser(text)
        parser.collectGroupNames()
        let node = try parser.choice()
        guard parser.position == parser.text.count else { throw parser.error("a ) closes no group") }
        if parser.largestReference.number > parser.captures {
            throw PatternError(offset: parser.largestReference.offset, message: "a back reference names no group")
        }
        return node
    }

    private func error(_ message: String) -> PatternError { PatternError(offset: position, message: message) }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < text.count ? text[position + ahead] : nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    private mutating func take(_ string: String) -> Bool {
        let scalars = Array(string.unicodeScalars)
        guard text[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    /// Finds `(?<name>` ahead of the real reading; classes and escapes are skipped.
    private mutating func collectGroupNames() {
        var index = 0
        var inClass = false
        var number = 0
        while index < text.count {
            switch text[index] {
            case "\\": index += 1
            case "[": inClass = true
            case "]": inClass = false
            case "(" where !inClass:
                let isPlain = index + 1 >= text.count || text[index + 1] != "?"
                let isNamed =
                    index + 3 < text.count && text[index + 1] == "?" && text[index + 2] == "<"
                    && text[index + 3] != "=" && text[index + 3] != "!"
                if isPlain || isNamed { number += 1 }
                if isNamed {
                    let name = String(String.UnicodeScalarView(text[(index + 3)...].prefix { $0 != ">" }))
                    if names[name] == nil { names[name] = number }
                }
            default: break
            }
            index += 1
        }
    }

    private mutating func choice() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else {
            throw error("groups are nested too deep, the limit is \(Self.depthLimit)")
        }
        var branches = [try sequence()]
        while take("|" as Unicode.Scalar) { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let next = peek(), next != "|", next != ")" {
            let (node, mayRepeat) = try term()
            nodes.append(mayRepeat ? try quantified(node) : node)
        }
        return nodes.isEmpty ? .empty : (nodes.count == 1 ? nodes[0] : .sequence(nodes))
    }

    private mutating func quantified(_ node: PatternNode) throws(PatternError) -> PatternNode {
        var atLeast = 0
        var atMost: Int?
        switch peek() {
        case "*": position += 1
        case "+":
            position += 1
            atLeast = 1
        case "?":
            position += 1
            atMost = 1
        case "{":
            guard let counts = try counts() else { return node }
            (atLeast, atMost) = counts
        default: return node
        }
        let isGreedy = !take("?" as Unicode.Scalar)
        if let next = peek(), next == "*" || next == "+" || next == "?" { throw error("nothing to repeat") }
        return .repeated(node, atLeast: atLeast, atMost: atMost, isGreedy: isGreedy)
    }

    /// Reads `{n}`, `{n,}` or `{n,m}`; anything else stays where it is, as literal text.
    private mutating func counts() throws(PatternError) -> (Int, Int?)? {
        let start = position
        position += 1
        guard let atLeast = number() else {
            position = start
            return nil
        }
        var atMost: Int? = atLeast
        if take("," as Unicode.Scalar) { atMost = number() }
        guard take("}" as Unicode.Scalar) else {
            position = start
            return nil
        }
        guard atLeast <= Self.countLimit, atMost ?? 0 <= Self.countLimit else {
            throw error("a count is too large, the limit is \(Self.countLimit)")
        }
        if let atMost, atMost < atLeast { throw error("the counts in {} are out of order") }
        return (atLeast, atMost)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = peek(), ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value - 0x30), 1 << 30)
            position += 1
        }
        return value
    }

    private mutating func term() throws(PatternError) -> (PatternNode, mayRepeat: Bool) {
        guard let scalar = peek() else { return (.empty, false) }
        switch scalar {
        case "^":
            position += 1
            return (.assertion(.start), false)
        case "$":
            position += 1
            return (.assertion(.end), false)
        case "(": return try group()
        case ".":
            position += 1
            return (.set(ScalarSet.lineTerminators.inverted), true)
        case "[": return (.set(try characterClass()), true)
        case "\\": return try escape()
        case "*", "+", "?": throw error("nothing to repeat")
        case "{":
            if try counts() != nil { throw error("nothing to repeat") }
            position += 1
            return (.set(ScalarSet([scalar.value...scalar.value])), true)
        default:
            position += 1
            return (.set(ScalarSet([scalar.value...scalar.value])), true)
        }
    }

    private mutating func group() throws(PatternError) -> (PatternNode, mayRepeat: Bool) {
        position += 1
        var result: PatternNode
        var mayRepeat = true
        if take("?:") {
            result = try choice()
        } else if take("?=") {
            result = .look(try choice(), isBehind: false, isNegative: false)
            mayRepeat = false
        } else if take("?!") {
            result = .look(try choice(), isBehind: false, isNegative: true)
            mayRepeat = false
        } else if take("?<=") {
            result = .look(try choice(), isBehind: true, isNegative: false)
            mayRepeat = false
        } else if take("?<!") {
            result = .look(try choice(), isBehind: true, isNegative: true)
            mayRepeat = false
        } else {
            if take("?<") {
                let name = try groupName()
                guard !groupNames.contains(name) else { throw error("a group's name is used twice") }
                groupNames.append(name)
            } else if peek() == "?" {
                throw error("(? is followed by something unknown")
            }
            captures += 1
            let capture = captures
            result = .group(try choice(), capture: capture)
        }
        guard take(")" as Unicode.Scalar) else { throw error("a group is not closed") }
        return (result, mayRepeat)
    }

    private mutating func groupName() throws(PatternError) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = peek(), scalar != ">" {
            let properties = scalar.properties
            guard properties.isIDContinue || scalar == "$" || scalar == "_",
                !name.isEmpty || !("0"..."9").contains(scalar)
            else { throw error("a group's name holds something else than letters and digits") }
            name.append(scalar)
            position += 1
        }
        guard !name.isEmpty, take(">" as Unicode.Scalar) else { throw error("a group's name is not closed") }
        return String(name)
    }

    private mutating func escape() throws(PatternError) -> (PatternNode, mayRepeat: Bool) {
        let start = position
        guard let letter = peek(1) else { throw error("a \\ ends the pattern") }
        switch letter {
        case "b":
            position += 2
            return (.assertion(.wordBoundary), false)
        case "B":
            position += 2
            return (.assertion(.noWordBoundary), false)
        case "1"..."9":
            position += 1
            let number = number() ?? 0
            if number > largestReference.number { largestReference = (number, start) }
            return (.backreference(number), true)
        case "k":
            position += 2
            guard take("<" as Unicode.Scalar) else { throw error("\\k is followed by a name in <>") }
            let name = try groupName()
            guard let number = names[name] else { throw error("a back reference names no group") }
            return (.backreference(number), true)
        default: return (.set(try classEscape(inClass: false)), true)
        }
    }

    private mutating func characterClass() throws(PatternError) -> ScalarSet {
        position += 1
        let isInverted = take("^" as Unicode.Scalar)
        var set: [ClosedRange<UInt32>] = []
        while true {
            guard peek() != nil else { throw error("a [ is not closed") }
            if take("]" as Unicode.Scalar) { break }
            let first = try classAtom()
            guard peek() == "-", let after = peek(1), after != "]" else {
                set += first.ranges
                continue
            }
            position += 1
            let last = try classAtom()
            guard let low = Self.single(first), let high = Self.single(last) else {
                throw error("a range in [] starts or ends with a class")
            }
            guard low <= high else { throw error("a range in [] is out of order") }
            set.append(low...high)
        }
        let result = ScalarSet(set)
        return isInverted ? result.inverted : result
    }

    private static func single(_ set: ScalarSet) -> UInt32? {
        guard set.ranges.count == 1, set.ranges[0].count == 1 else { return nil }
        return set.ranges[0].lowerBound
    }

    private mutating func classAtom() throws(PatternError) -> ScalarSet {
        guard let scalar = peek() else { throw error("a [ is not closed") }
        if scalar == "\\" { return try classEscape(inClass: true) }
        position += 1
        return ScalarSet([scalar.value...scalar.value])
    }

    private mutating func classEscape(inClass: Bool) throws(PatternError) -> ScalarSet {
        position += 1
        guard let letter = peek() else { throw error("a \\ ends the pattern") }
        position += 1
        let value: UInt32
        switch letter {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .words
        case "W": return ScalarSet.words.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "p", "P":
            let set = try property()
            return letter == "P" ? set.inverted : set
        case "t": value = 0x9
        case "n": value = 0xA
        case "v": value = 0xB
        case "f": value = 0xC
        case "r": value = 0xD
        case "b" where inClass: value = 0x8
        case "0":
            if let next = peek(), ("0"..."9").contains(next) { throw error("octal escapes are not part of the syntax") }
            value = 0
        case "c":
            guard let control = peek(), control.properties.isAlphabetic, control.isASCII else {
                throw error("\\c is followed by a letter")
            }
            position += 1
            value = control.value & 0x1F
        case "x":
            guard let code = hexadecimal(digits: 2) else { throw error("\\x is followed by two hexadecimal digits") }
            value = code
        case "u": value = try unicodeEscape()
        default:
            guard letter.isASCII, !letter.properties.isAlphabetic, !("0"..."9").contains(letter) else {
                position -= 1
                throw error("an escape is unknown")
            }
            value = letter.value
        }
        return ScalarSet([value...value])
    }

    private mutating func unicodeEscape() throws(PatternError) -> UInt32 {
        if take("{" as Unicode.Scalar) {
            var code: UInt32 = 0
            var count = 0
            while let digit = peek()?.hexadecimalValue {
                code = min(code << 4 | digit, 0x11_0000)
                count += 1
                position += 1
            }
            guard count > 0, code <= 0x10FFFF, take("}" as Unicode.Scalar) else {
                throw error("\\u{} holds no code point")
            }
            return code
        }
        guard let high = hexadecimal(digits: 4) else { throw error("\\u is followed by four hexadecimal digits") }
        guard (0xD800...0xDBFF).contains(high), peek() == "\\", peek(1) == "u" else { return high }
        let start = position
        position += 2
        if let low = hexadecimal(digits: 4), (0xDC00...0xDFFF).contains(low) {
            return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        }
        position = start
        return high
    }

    private mutating func hexadecimal(digits: Int) -> UInt32? {
        var code: UInt32 = 0
        for ahead in 0..<digits {
            guard let digit = peek(ahead)?.hexadecimalValue else { return nil }
            code = code << 4 | digit
        }
        position += digits
        return code
    }

    private mutating func property() throws(PatternError) -> ScalarSet {
        guard take("{" as Unicode.Scalar) else { throw error("\\p is followed by a property in {}") }
        var name = String.UnicodeScalarView()
        while let scalar = peek(), scalar != "}" {
            name.append(scalar)
            position += 1
        }
        guard take("}" as Unicode.Scalar) else { throw error("\\p is followed by a property in {}") }
        guard let set = UnicodeProperty.set(named: String(name)) else {
            throw error("a Unicode property is unknown or not supported: \(String(name))")
        }
        return set
    }
}

extension Unicode.Scalar {
    fileprivate var hexadecimalValue: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "a"..."f": value - 0x61 + 10
        case "A"..."F": value - 0x41 + 10
        default: nil
        }
    }
}
