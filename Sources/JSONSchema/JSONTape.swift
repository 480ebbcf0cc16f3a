/// A JSON text that was read once and is kept flat: one entry of 16 bytes for each value and name.
///
/// Reading makes no object for each value, and strings stay where they are in the text. A schema validates a
/// tape without allocating; what is needed of it is then taken out by ``root``, or all of it as a ``JSON``.
///
/// Sendable: immutable; copies share their storage.
public struct JSONTape: Sendable {
    /// What a value is.
    ///
    /// Sendable.
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// The literal `null`.
        case null
        /// The literal `false`.
        case `false`
        /// The literal `true`.
        case `true`
        /// A number.
        case number
        /// A string.
        case string
        /// An array.
        case array
        /// An object.
        case object
    }

    /// A value or a member's name.
    ///
    /// | kind | `detail` | `payload` |
    /// | --- | --- | --- |
    /// | integer of 64 bits | – | the integer |
    /// | other number | decimal exponent | mantissa, or an index into the large numbers |
    /// | string, name | offset of its bytes | length, and a hash in the upper half |
    /// | array, object | number of elements or members | how many entries it takes, itself included |
    ///
    /// A name is followed by its value.
    struct Entry {
        var kind: Kind
        var flags: UInt8
        var detail: UInt32
        var payload: UInt64

        /// The string's bytes are not in the text but among the unescaped ones.
        static let isUnescaped: UInt8 = 1
        /// The number is ``JSONNumber/Storage/decimal``.
        static let isDecimal: UInt8 = 2
        /// The number is ``JSONNumber/Storage/big``.
        static let isBig: UInt8 = 4

        var count: Int { Int(detail) }
        var length: Int { Int(truncatingIfNeeded: payload & 0xFFFF_FFFF) }
        /// How many entries the value takes.
        var span: Int {
            kind.rawValue < Kind.array.rawValue ? 1 : Int(truncatingIfNeeded: payload)
        }
    }

    let entries: [Entry]
    let text: [UInt8]
    /// The strings that had escapes, one after the other.
    let unescaped: [UInt8]
    /// The numbers that no entry can hold.
    let numbers: [JSONNumber]

    /// Reads a JSON text strictly.
    ///
    /// - Parameters:
    ///   - bytes: one JSON text in UTF-8 without a byte order mark.
    ///   - limits: what is refused although RFC 8259 permits it.
    /// - Throws: ``JSONError`` with the place of the first fault.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONReader.tape(bytes, limits: limits)
    }

    init(entries: [Entry], text: [UInt8], unescaped: [UInt8], numbers: [JSONNumber]) {
        self.entries = entries
        self.text = text
        self.unescaped = unescaped
        self.numbers = numbers
    }

    /// The outermost value.
    public var root: Value { Value(tape: self, index: 0) }

    /// Lays a tree out flat.
    ///
    /// - Parameter value: nested at most 512 levels deep.
    public init(_ value: JSON) {
        var builder = Builder()
        builder.add(value)
        entries = builder.entries
        text = builder.text
        unescaped = []
        numbers = builder.numbers
    }

    /// Hashes a string by its length and at most 16 of its bytes.
    ///
    /// The hash only saves comparisons; nothing relies on its being hard to collide.
    @inline(__always)
    static func hash(_ start: UnsafeRawPointer, _ length: Int) -> UInt64 {
        var first: UInt64 = 0
        var last: UInt64 = 0
        if length >= 8 {
            first = start.loadUnaligned(as: UInt64.self)
            last = start.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self)
        } else if length >= 4 {
            first = UInt64(start.loadUnaligned(as: UInt32.self))
            last = UInt64(start.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self))
        } else if length > 0 {
            first = UInt64(start.load(as: UInt8.self))
            last =
                UInt64(start.load(fromByteOffset: length - 1, as: UInt8.self)) << 8
                | UInt64(start.load(fromByteOffset: length >> 1, as: UInt8.self))
        }
        var mixed = (first ^ (last &* 0x9E37_79B9_7F4A_7C15)) &* 0xFF51_AFD7_ED55_8CCD
        mixed ^= mixed >> 32
        return (mixed &* 0x9E37_79B9_7F4A_7C15) & 0xFFFF_FFFF_0000_0000
    }

    /// The payload of an empty string's entry, wherever it is.
    static let emptyPayload: UInt64 = 0

    /// The payload of a string's entry.
    @inline(__always)
    static func payload(_ start: UnsafeRawPointer, _ length: Int) -> UInt64 {
        hash(start, length) | UInt64(truncatingIfNeeded: length)
    }

    /// Whether two strings of one length are the same.
    @inline(__always)
    static func isEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ length: Int) -> Bool {
        if length >= 8 {
            var offset = 0
            while offset + 8 <= length {
                guard
                    left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                        == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                else { return false }
                offset += 8
            }
            return left.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self)
                == right.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self)
        }
        if length >= 4 {
            return left.loadUnaligned(as: UInt32.self) == right.loadUnaligned(as: UInt32.self)
                && left.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self)
                    == right.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self)
        }
        for offset in 0..<length
        where left.load(fromByteOffset: offset, as: UInt8.self) != right.load(fromByteOffset: offset, as: UInt8.self) {
            return false
        }
        return true
    }

    private struct Builder {
        var entries: [Entry] = []
        var text: [UInt8] = []
        var numbers: [JSONNumber] = []

        mutating func add(_ value: JSON) {
            switch value {
            case .null: entries.append(Entry(kind: .null, flags: 0, detail: 0, payload: 0))
            case .bool(let value): entries.append(Entry(kind: value ? .true : .false, flags: 0, detail: 0, payload: 0))
            case .number(let number): entries.append(Entry(number, &numbers))
            case .string(let string): add(string)
            case .array(let elements):
                let start = open(.array, elements.count)
                for element in elements { add(element) }
                close(start)
            case .object(let object):
                let start = open(.object, object.count)
                for member in object.members {
                    add(member.key)
                    add(member.value)
                }
                close(start)
            }
        }

        private mutating func add(_ string: String) {
            var string = string
            string.withUTF8 { utf8 in
                let payload = utf8.baseAddress.map { JSONTape.payload(UnsafeRawPointer($0), utf8.count) } ?? 0
                entries.append(
                    Entry(kind: .string, flags: 0, detail: UInt32(truncatingIfNeeded: text.count), payload: payload)
                )
                text.append(contentsOf: utf8)
            }
        }

        private mutating func open(_ kind: Kind, _ count: Int) -> Int {
            entries.append(Entry(kind: kind, flags: 0, detail: UInt32(truncatingIfNeeded: count), payload: 0))
            return entries.count - 1
        }

        private mutating func close(_ start: Int) {
            entries[start].payload = UInt64(entries.count - start)
        }
    }
}

extension JSONTape.Entry {
    /// Holds a number, or leaves it among the large ones.
    init(_ number: JSONNumber, _ numbers: inout [JSONNumber]) {
        switch number.storage {
        case .int(let value):
            self.init(kind: .number, flags: 0, detail: 0, payload: UInt64(bitPattern: value))
        case .decimal(let mantissa, let exponent):
            self.init(
                kind: .number,
                flags: Self.isDecimal,
                detail: UInt32(bitPattern: exponent),
                payload: UInt64(bitPattern: mantissa)
            )
        case .big:
            self.init(kind: .number, flags: Self.isBig, detail: 0, payload: UInt64(numbers.count))
            numbers.append(number)
        }
    }

    /// The number of a number's entry.
    @inline(__always)
    func number(_ numbers: [JSONNumber]) -> JSONNumber {
        if flags == 0 { return JSONNumber(storage: .int(Int64(bitPattern: payload))) }
        if flags & Self.isDecimal != 0 {
            return JSONNumber(
                storage: .decimal(mantissa: Int64(bitPattern: payload), exponent: Int32(bitPattern: detail))
            )
        }
        return numbers[Int(truncatingIfNeeded: payload)]
    }
}
