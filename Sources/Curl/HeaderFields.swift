/// The header fields of a response, kept as the bytes that came and read on demand.
///
/// `Sendable`. A value is read as Latin-1 where it is not UTF-8, so no byte is lost or replaced.
///
/// Source: RFC 9110, section 5.
public struct HeaderFields: Sendable {
    /// Status line first; each line ends in a line feed.
    private let block: [UInt8]

    init(block: [UInt8]) {
        self.block = block
    }

    /// All fields in the order received, names in lower case.
    public var all: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        forEachLine { name, value in
            fields.append((Self.text(block[name]).lowercased(), Self.text(block[value])))
            return true
        }
        return fields
    }

    /// The value of the first field of that name (in lower case), or nil.
    public func first(_ name: StaticString) -> String? {
        name.withUTF8Buffer { wanted in
            var found: String?
            forEachLine { range, value in
                guard Self.matches(block[range], wanted) else { return true }
                found = Self.text(block[value])
                return false
            }
            return found
        }
    }

    /// Calls `body` with the ranges of name and value of each field until it returns false.
    private func forEachLine(_ body: (_ name: Range<Int>, _ value: Range<Int>) -> Bool) {
        guard var start = block.firstIndex(of: UInt8(ascii: "\n")).map({ $0 + 1 }) else { return }
        while start < block.count {
            let end = block[start...].firstIndex(of: UInt8(ascii: "\n")) ?? block.count
            if let colon = block[start..<end].firstIndex(of: UInt8(ascii: ":")) {
                var from = colon + 1
                var to = end
                while from < to, Self.isSpace(block[from]) { from += 1 }
                while to > from, Self.isSpace(block[to - 1]) { to -= 1 }
                guard body(start..<colon, from..<to) else { return }
            }
            start = end + 1
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    private static func matches(_ name: ArraySlice<UInt8>, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count == wanted.count else { return false }
        for (byte, other) in zip(name, wanted) {
            let lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
            guard lower == other else { return false }
        }
        return true
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
