/// Base64 without Foundation: with the standard alphabet and padding, and with that for URLs without it.
///
/// Source: RFC 4648, sections 4 and 5; RFC 7515, section 2.
enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let standardAlphabet = letters + Array("+/".utf8)
    private static let urlAlphabet = letters + Array("-_".utf8)

    /// The value of each letter of the alphabet for URLs; 255 marks what is not one.
    private static let urlValues: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in urlAlphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    /// With padding, and `+` and `/`.
    static func standard(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var text = encode(bytes, standardAlphabet)
        while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return text
    }

    /// Without padding, with `-` and `_`.
    static func url(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: encode(bytes, urlAlphabet), as: UTF8.self)
    }

    /// The bytes of a text made by ``url(_:)``; nil for anything else, also if bits are set that no byte uses.
    static func decode(url text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var count = 0
        for letter in text {
            let value = urlValues[Int(letter)]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        guard bits & ((1 << count) - 1) == 0 else { return nil }
        return bytes
    }

    private static func encode(_ bytes: some Sequence<UInt8>, _ alphabet: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(88)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 63)]) }
        return text
    }
}
