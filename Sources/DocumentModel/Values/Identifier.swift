public import JSONSchema

/// What an ``Identifier`` names; gives it its prefix and keeps identifiers of different things apart.
public protocol IdentifierKind: Sendable {
    /// The text before the 26 characters, underscore included, such as `doc_`.
    static var prefix: String { get }
}

/// The identifier of one thing: a prefix and 26 lower-case Crockford characters of a 128-bit value, such as
/// `doc_01k8xq3v5w0000000000000001`.
///
/// Values made by ``IdentifierSource/system`` start with the time, so sorting them sorts by age.
///
/// Sendable; a plain value of 16 bytes.
///
/// Source: Crockford's base 32 (no `i`, `l`, `o`, `u`), as in ULID.
public struct Identifier<Kind: IdentifierKind>: Sendable {
    /// The upper 64 bits.
    public let high: UInt64
    /// The lower 64 bits.
    public let low: UInt64

    /// Makes an identifier of a known value.
    ///
    /// - Parameters:
    ///   - high: the upper 64 bits; of a time-ordered identifier, the first 48 are milliseconds since 1970.
    ///   - low: the lower 64 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the text form; `nil` unless it is exactly the prefix and 26 lower-case Crockford characters of 128 bits.
    ///
    /// - Parameter text: such as `doc_01k8xq3v5w0000000000000001`.
    public init?(parsing text: some StringProtocol) {
        var rest = text.utf8.makeIterator()
        for expected in Kind.prefix.utf8 {
            guard rest.next() == expected else { return nil }
        }
        var value: UInt128 = 0
        for position in 0..<26 {
            guard let byte = rest.next() else { return nil }
            let digit = Crockford.value(of: byte)
            // 26 characters hold 130 bits: the first may only use its lower three.
            guard digit < (position == 0 ? 8 : 32) else { return nil }
            value = value << 5 | UInt128(digit)
        }
        guard rest.next() == nil else { return nil }
        high = UInt64(truncatingIfNeeded: value >> 64)
        low = UInt64(truncatingIfNeeded: value)
    }

    var value: UInt128 { UInt128(high) << 64 | UInt128(low) }

    /// Lends the text form without making a string of it.
    func withUTF8<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let prefix = Kind.prefix.utf8
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: prefix.count + 26) { buffer in
            var position = 0
            for byte in prefix {
                buffer[position] = byte
                position += 1
            }
            var rest = value
            for place in stride(from: position + 25, through: position, by: -1) {
                buffer[place] = Crockford.character(UInt8(truncatingIfNeeded: rest & 31))
                rest >>= 5
            }
            return body(UnsafeBufferPointer(buffer))
        }
    }
}

extension Identifier: Hashable, Comparable {
    /// Whether the left identifier's value is less than the right one's; of time-ordered ones, the older is less.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

extension Identifier: CustomStringConvertible {
    /// The text form, prefix and 26 characters.
    public var description: String { withUTF8 { String(decoding: $0, as: UTF8.self) } }
}

extension JSONWriter {
    /// Writes an identifier as a string, without making a `String` of it.
    ///
    /// - Parameter identifier: of any kind.
    public mutating func string<Kind>(_ identifier: Identifier<Kind>) {
        identifier.withUTF8 { string(unescaped: $0) }
    }
}

/// The alphabet of identifiers.
enum Crockford {
    /// The character of a value from 0 to 31.
    static func character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0...9: UInt8(ascii: "0") + value
        case 10...17: UInt8(ascii: "a") + value - 10
        case 18, 19: UInt8(ascii: "j") + value - 18
        case 20, 21: UInt8(ascii: "m") + value - 20
        case 22...26: UInt8(ascii: "p") + value - 22
        default: UInt8(ascii: "v") + value - 27
        }
    }

    /// The value of a character, or 255 if it is none of the alphabet.
    static func value(of character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "h"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "j")...UInt8(ascii: "k"): character - UInt8(ascii: "j") + 18
        case UInt8(ascii: "m")...UInt8(ascii: "n"): character - UInt8(ascii: "m") + 20
        case UInt8(ascii: "p")...UInt8(ascii: "t"): character - UInt8(ascii: "p") + 22
        case UInt8(ascii: "v")...UInt8(ascii: "z"): character - UInt8(ascii: "v") + 27
        default: 255
        }
    }
}

/// The kind of ``DocumentID``.
public enum DocumentIdentifierKind: IdentifierKind {
    /// `doc_`.
    public static var prefix: String { "doc_" }
}

/// The kind of ``BlockID``.
public enum BlockIdentifierKind: IdentifierKind {
    /// `blk_`.
    public static var prefix: String { "blk_" }
}

/// The kind of ``AnnotationID``.
public enum AnnotationIdentifierKind: IdentifierKind {
    /// `ann_`.
    public static var prefix: String { "ann_" }
}

/// The kind of ``CommentID``.
public enum CommentIdentifierKind: IdentifierKind {
    /// `com_`.
    public static var prefix: String { "com_" }
}

/// Names a document: `doc_…`.
public typealias DocumentID = Identifier<DocumentIdentifierKind>
/// Names a block of a document: `blk_…`.
public typealias BlockID = Identifier<BlockIdentifierKind>
/// Names an annotation of a block: `ann_…`.
public typealias AnnotationID = Identifier<AnnotationIdentifierKind>
/// Names a comment on a block or document: `com_…`.
public typealias CommentID = Identifier<CommentIdentifierKind>
