/// A place inside a JSON value.
///
/// Sendable; a plain value.
///
/// Source: RFC 6901.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The pointer to the whole value, written as the empty text.
    public static let root = JSONPointer(tokens: [])

    /// The names and indices from the outside inwards, unescaped.
    public var tokens: [String]

    /// Makes a pointer from unescaped names and indices.
    ///
    /// - Parameter tokens: from the outside inwards.
    public init(tokens: [String]) { self.tokens = tokens }

    /// Reads the text form, such as `/blocks/0/text`.
    ///
    /// - Parameter text: empty, or a `/` before each token; `~` only as `~0` (for `~`) or `~1` (for `/`).
    /// - Throws: ``JSONError`` with the code ``JSONError/Code/invalidPointer`` and the offset of the fault in UTF-8 bytes.
    public init(parsing text: String) throws(JSONError) {
        let bytes = Array(text.utf8)
        tokens = []
        guard let first = bytes.first else { return }
        guard first == UInt8(ascii: "/") else {
            throw JSONError(.invalidPointer, offset: 0, line: 1, column: 1, detail: "a JSON Pointer starts with /")
        }
        var token: [UInt8] = []
        var position = 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "/") {
                tokens.append(String(decoding: token, as: UTF8.self))
                token.removeAll(keepingCapacity: true)
            } else if byte == UInt8(ascii: "~") {
                position += 1
                switch position < bytes.count ? bytes[position] : 0 {
                case UInt8(ascii: "0"): token.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): token.append(UInt8(ascii: "/"))
                default:
                    throw JSONError(
                        .invalidPointer,
                        offset: position - 1,
                        line: 1,
                        column: position,
                        detail: "in a JSON Pointer ~ is written ~0 and / is written ~1"
                    )
                }
            } else {
                token.append(byte)
            }
            position += 1
        }
        tokens.append(String(decoding: token, as: UTF8.self))
    }

    /// The text form; empty for ``root``.
    public var description: String {
        if tokens.isEmpty { return "" }
        var text: [UInt8] = []
        text.reserveCapacity(16 * tokens.count)
        for token in tokens {
            text.append(UInt8(ascii: "/"))
            for byte in token.utf8 {
                switch byte {
                case UInt8(ascii: "~"): text.append(contentsOf: "~0".utf8)
                case UInt8(ascii: "/"): text.append(contentsOf: "~1".utf8)
                default: text.append(byte)
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether this is the pointer to the whole value.
    public var isRoot: Bool { tokens.isEmpty }

    /// The pointer without its last token, or `nil` for ``root``.
    public var parent: JSONPointer? {
        tokens.isEmpty ? nil : JSONPointer(tokens: Array(tokens.dropLast()))
    }

    /// The pointer to a member.
    ///
    /// - Parameter token: the member's name, unescaped.
    /// - Returns: a pointer one token longer.
    public func appending(_ token: String) -> JSONPointer { JSONPointer(tokens: tokens + [token]) }

    /// The pointer to an element.
    ///
    /// - Parameter index: the element's position, zero or more.
    /// - Returns: a pointer one token longer.
    public func appending(_ index: Int) -> JSONPointer { JSONPointer(tokens: tokens + [String(index)]) }

    /// The pointer that leads on from this one by another.
    ///
    /// - Parameter pointer: relative to the value this one leads to.
    /// - Returns: a pointer with the tokens of both.
    public func appending(_ pointer: JSONPointer) -> JSONPointer { JSONPointer(tokens: tokens + pointer.tokens) }

    /// Whether the other pointer leads to the same value or one that holds it.
    ///
    /// - Parameter prefix: compared token by token, so `/ab` does not start with `/a`.
    /// - Returns: `true` also for the same pointer.
    public func hasPrefix(_ prefix: JSONPointer) -> Bool {
        guard prefix.tokens.count <= tokens.count else { return false }
        for (own, other) in zip(tokens, prefix.tokens) {
            guard own.hasSameScalars(as: other) else { return false }
        }
        return true
    }

    /// Whether both have the same tokens, code point by code point.
    public static func == (left: JSONPointer, right: JSONPointer) -> Bool {
        left.tokens.count == right.tokens.count && left.hasPrefix(right)
    }

    /// The array index that a token denotes, or `nil` if it denotes none.
    ///
    /// - Parameter token: decimal digits without leading zeros.
    /// - Returns: zero or more.
    ///
    /// Source: RFC 6901, section 4.
    public static func index(_ token: String) -> Int? {
        let digits = token.utf8
        guard let first = digits.first, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            first != UInt8(ascii: "0") || digits.count == 1
        else { return nil }
        return Int(token)
    }
}
