/// Walks over the bytes of a text; for grammars that need no looking back.
struct TextScanner {
    private let text: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    var next: UInt8? { position < text.count ? text[position] : nil }

    /// Takes a byte if it is this one; letters in either case.
    mutating func take(_ character: Unicode.Scalar, anyCase: Bool = false) -> Bool {
        guard let next else { return false }
        let wanted = UInt8(ascii: character)
        guard next == wanted || anyCase && next | 0x20 == wanted | 0x20 else { return false }
        position += 1
        return true
    }

    /// Takes bytes as long as they belong to a class, and says how many.
    mutating func takeAll(atMost limit: Int = .max, where belongs: (UInt8) -> Bool) -> Int {
        let start = position
        while let next, position - start < limit, belongs(next) { position += 1 }
        return position - start
    }

    /// Takes exactly so many digits and reads them as a number.
    mutating func digits(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let next, ASCII.isDigit(next) else { return nil }
            value = value * 10 + Int(next - UInt8(ascii: "0"))
            position += 1
        }
        return value
    }
}

/// Classes of ASCII characters.
enum ASCII {
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 <= 25 }
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
    static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 <= 5 }
}

extension Collection<UInt8> {
    /// Whether something holds for each part between separators, of which there is at least one; makes no list of them.
    func allParts(by separator: UInt8, satisfy holds: (SubSequence) -> Bool) -> Bool {
        var start = startIndex
        while true {
            let end = self[start...].firstIndex(of: separator) ?? endIndex
            guard holds(self[start..<end]) else { return false }
            if end == endIndex { return true }
            start = index(after: end)
        }
    }
}
