/// Writes JSON straight into a buffer of bytes.
///
/// Commas and colons are its business; that every `begin` meets its `end`, and every member has a key
/// and a value, is the caller's. Strings are escaped as RFC 8785 says: only what must be.
///
/// Sendable; a plain value.
public struct JSONWriter: Sendable {
    @usableFromInline
    var buffer: [UInt8] = []

    @usableFromInline
    var needsComma = false

    /// What was written so far, in UTF-8.
    @inlinable public var bytes: [UInt8] { buffer }

    /// Makes an empty writer.
    ///
    /// - Parameter capacity: how many bytes to make room for at once.
    @inlinable
    public init(reserving capacity: Int = 0) {
        if capacity > 0 { buffer.reserveCapacity(capacity) }
    }

    /// Starts an object.
    @inlinable public mutating func beginObject() { begin(UInt8(ascii: "{")) }
    /// Ends an object.
    @inlinable public mutating func endObject() { end(UInt8(ascii: "}")) }
    /// Starts an array.
    @inlinable public mutating func beginArray() { begin(UInt8(ascii: "[")) }
    /// Ends an array.
    @inlinable public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes a member's name.
    ///
    /// - Parameter name: a literal that needs no escapes.
    @inlinable
    public mutating func key(_ name: StaticString) {
        if name.hasPointerRepresentation {
            wrap(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), colon: true)
            needsComma = false
        } else {
            key(String(name.unicodeScalar))
        }
    }

    /// Writes a member's name.
    ///
    /// - Parameter name: escaped as needed.
    @_disfavoredOverload
    public mutating func key(_ name: String) {
        quote(name, isKey: true)
    }

    /// Writes a string, escaped as needed.
    public mutating func string(_ value: String) {
        quote(value, isKey: false)
    }

    /// Writes a string that is known to need no escapes, such as an identifier or a time.
    ///
    /// - Parameter utf8: valid UTF-8 without `"`, `\` and control characters.
    @inlinable
    public mutating func string(unescaped utf8: some Sequence<UInt8>) {
        let isContiguous: Void? = utf8.withContiguousStorageIfAvailable { bytes in
            wrap(bytes, colon: false)
        }
        if isContiguous == nil {
            separate()
            buffer.append(UInt8(ascii: "\""))
            buffer.append(contentsOf: utf8)
            buffer.append(UInt8(ascii: "\""))
        }
        needsComma = true
    }

    /// Writes an integer.
    public mutating func int(_ value: Int) {
        let comma = needsComma
        // Nineteen digits, a sign, a comma.
        buffer.append(addingCapacity: 21) { output in
            if comma { output.append(UInt8(ascii: ",")) }
            if value < 0 { output.append(UInt8(ascii: "-")) }
            var rest = value.magnitude
            if rest < 10 {
                output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest))
                return
            }
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
                var start = digits.count
                while rest > 0 {
                    start -= 1
                    digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                while start < digits.count {
                    output.append(digits[start])
                    start += 1
                }
            }
        }
        needsComma = true
    }

    /// Writes a number, exactly.
    public mutating func number(_ value: JSONNumber) {
        separate()
        value.write(into: &buffer)
        needsComma = true
    }

    /// Writes a boolean.
    @inlinable
    public mutating func bool(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes `null`.
    @inlinable
    public mutating func null() { literal("null") }

    /// Writes a value with its members in their order.
    public mutating func value(_ value: JSON) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members.members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Writes a value in the form that equal values share; see ``JSON/canonical()``.
    ///
    /// Source: RFC 8785.
    public mutating func canonical(_ value: JSON) {
        switch value {
        case .number(let value):
            separate()
            value.writeCanonical(into: &buffer)
            needsComma = true
        case .array(let elements):
            beginArray()
            for element in elements { canonical(element) }
            endArray()
        case .object(let members):
            beginObject()
            // Section 3.2.3: by UTF-16 code units.
            let sorted = members.members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
            for member in sorted {
                key(member.key)
                canonical(member.value)
            }
            endObject()
        default: self.value(value)
        }
    }

    /// Writes a value that is JSON already.
    ///
    /// - Parameter json: one whole JSON value in UTF-8; not checked.
    @inlinable
    public mutating func raw(_ json: [UInt8]) {
        separate()
        buffer.append(contentsOf: json)
        needsComma = true
    }

    @inlinable
    mutating func separate() {
        if needsComma { buffer.append(UInt8(ascii: ",")) }
    }

    @inlinable
    mutating func begin(_ bracket: UInt8) {
        separate()
        buffer.append(bracket)
        needsComma = false
    }

    @inlinable
    mutating func end(_ bracket: UInt8) {
        buffer.append(bracket)
        needsComma = true
    }

    @inlinable
    mutating func literal(_ text: StaticString) {
        separate()
        buffer.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        needsComma = true
    }

    /// Writes a comma if one is due, and the text in quotation marks: one look at the buffer's room instead of five.
    @inlinable
    @inline(__always)
    mutating func wrap(_ text: UnsafeBufferPointer<UInt8>, colon: Bool) {
        let comma = needsComma
        buffer.append(addingCapacity: text.count + 4) { output in
            if comma { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            output.withUnsafeMutableBufferPointer { free, count in
                _ = UnsafeMutableBufferPointer(rebasing: free[count...]).update(fromContentsOf: text)
                count += text.count
            }
            output.append(UInt8(ascii: "\""))
            if colon { output.append(UInt8(ascii: ":")) }
        }
    }

    private mutating func quote(_ value: String, isKey: Bool) {
        var value = value
        value.withUTF8 { utf8 in
            if Self.isPlain(utf8) {
                wrap(utf8, colon: isKey)
                return
            }
            separate()
            buffer.append(UInt8(ascii: "\""))
            var start = 0
            for (position, byte) in utf8.enumerated() where Self.mustEscape(byte) {
                buffer.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<position]))
                escape(byte)
                start = position + 1
            }
            buffer.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
            buffer.append(UInt8(ascii: "\""))
            if isKey { buffer.append(UInt8(ascii: ":")) }
        }
        needsComma = !isKey
    }

    /// Whether nothing must be escaped; looks at eight bytes at a time.
    private static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        let bytes = UnsafeRawBufferPointer(utf8)
        var offset = 0
        if bytes.count >= 8 {
            while offset + 8 < bytes.count {
                if mustEscape(word: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) { return false }
                offset += 8
            }
            // The last eight overlap with those before.
            return !mustEscape(word: bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
        }
        while offset < bytes.count {
            if mustEscape(bytes[offset]) { return false }
            offset += 1
        }
        return true
    }

    /// Whether one of eight bytes must be escaped.
    @inline(__always)
    private static func mustEscape(word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // A byte's high bit is set where it is below 0x20, or equals `"` or `\`. A byte above 0x7F hides none.
        let quotes = word ^ (ones &* 0x22)
        let slashes = word ^ (ones &* 0x5C)
        let controls = (word &- ones &* 0x20) & ~word
        return (controls | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes) & ones << 7 != 0
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        buffer.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: buffer.append(UInt8(ascii: "b"))
        case 0x09: buffer.append(UInt8(ascii: "t"))
        case 0x0A: buffer.append(UInt8(ascii: "n"))
        case 0x0C: buffer.append(UInt8(ascii: "f"))
        case 0x0D: buffer.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): buffer.append(byte)
        default:
            buffer.append(contentsOf: "u00".utf8)
            buffer.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let low = byte & 0xF
            buffer.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}
