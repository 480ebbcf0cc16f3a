/// Base64 with the standard alphabet and padding (RFC 4648, section 4), without Foundation.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each letter; 255 marks what is not one.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    private static let padding = UInt8(ascii: "=")

    /// Appends the text of `bytes`.
    static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        var index = 0
        while index + 3 <= bytes.count {
            append(bytes[index], bytes[index + 1], bytes[index + 2], letters: 4, to: &text)
            index += 3
        }
        switch bytes.count - index {
        case 1: append(bytes[index], 0, 0, letters: 2, to: &text)
        case 2: append(bytes[index], bytes[index + 1], 0, letters: 3, to: &text)
        default: break
        }
    }

    private static func append(_ a: UInt8, _ b: UInt8, _ c: UInt8, letters: Int, to text: inout [UInt8]) {
        let bits = Int(a) << 16 | Int(b) << 8 | Int(c)
        for letter in 0..<4 {
            text.append(letter < letters ? alphabet[bits >> (18 - 6 * letter) & 63] : padding)
        }
    }

    /// The bytes that `text` stands for, or nil if it is not canonical: wrong letters or length, or
    /// bits set that no byte uses.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits = 0
        var letters = 0
        var paddings = 0
        for letter in text {
            letters += 1
            if letter == padding {
                paddings += 1
                bits <<= 6
            } else {
                let value = values[Int(letter)]
                guard value < 64, paddings == 0 else { return nil }
                bits = bits << 6 | Int(value)
            }
            guard letters.isMultiple(of: 4) else { continue }
            guard paddings <= 2, letters == text.count || paddings == 0 else { return nil }
            guard bits & ((1 << (8 * paddings)) - 1) == 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
            if paddings < 2 { bytes.append(UInt8(truncatingIfNeeded: bits >> 8)) }
            if paddings < 1 { bytes.append(UInt8(truncatingIfNeeded: bits)) }
            bits = 0
        }
        return bytes
    }
}
