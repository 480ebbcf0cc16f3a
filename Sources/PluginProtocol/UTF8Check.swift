/// Finds what is wrong with bytes that should be UTF-8.
enum UTF8Check {
    /// The offset of the first byte that is not part of a well-formed sequence, or nil if all are.
    static func firstInvalidOffset(in bytes: [UInt8]) -> Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
        return offset
    }
}
