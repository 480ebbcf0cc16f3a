/// Writes JSON straight into a buffer of bytes.
///
/// Commas and colons are its business; that every `begin` meets its `end`, and every member has a key
/// and a value, is the caller's. Strings are escaped as RFC 8785 says: only what must be.
///
/// Sendable; a plain value.
public struct JSONWriter: Sendable {
    /// What was written so far, in UTF-8.
    public private(set) var bytes: [UInt8] = []

    private var needsComma = false

    /// Makes an empty writer.
    ///
    /// - Parameter capacity: how many bytes to make room for at once.
    public init(reserving capacity: Int = 0) {
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// Starts an object.
    public mutating func beginObject() { begin(UInt8(ascii: "{")) }
    /// Ends an object.
    public mutating func endObject() { end(UInt8(ascii: "}")) }
    /// Starts an array.
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }
    /// Ends an array.
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes a member's name.
    ///
    /// - Parameter name: a literal that needs no escapes.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        if name.hasPointerRepresentation {
            bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        } else {
            bytes.append(contentsOf: String(name.unicodeScalar).utf8)
        }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member's name.
    ///
    /// - Parameter name: escaped as needed.
    @_disfavoredOverload
    public mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string, escaped as needed.
    public mutating func string(_ value: String) {
        separate()
        quote(value)
        needsComma = true
    }

    /// Writes a string that is known to need no escapes, such as an identifier or a time.
    ///
    /// - Parameter utf8: valid UTF-8 without `"`, `\` and control characters.
    public mutating func string(unescaped utf8: some Sequence<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: utf8)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes an integer.
    public mutating func int(_ value: Int) {
        separate()
        appendDigits(value)
        needsComma = true
    }

    /// Writes a number, exactly.
    public mutating func number(_ value: JSONNumber) {
        separate()
        value.write(into: &bytes)
        needsComma = true
    }

    /// Writes a boolean.
    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
        needsComma = true
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

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
            value.writeCanonical(into: &bytes)
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
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func appendDigits(_ value: Int) {
        if value >= 0, value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value.magnitude
            var start = digits.count
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { utf8 in
            var start = 0
            for (position, byte) in utf8.enumerated() where Self.mustEscape(byte) {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<position]))
                escape(byte)
                start = position + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let low = byte & 0xF
            bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}
