/// Why a JSON text or JSON Pointer was refused, and where.
///
/// Sendable; a plain value. ``description`` is safe to log: it holds nothing of the text.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of fault.
    ///
    /// Sendable. More may be added, so a `switch` needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case unexpectedEnd = "unexpected-end"
            case unexpectedCharacter = "unexpected-character"
            case trailingContent = "trailing-content"
            case byteOrderMark = "byte-order-mark"
            case invalidEncoding = "invalid-encoding"
            case controlCharacter = "control-character"
            case invalidEscape = "invalid-escape"
            case loneSurrogate = "lone-surrogate"
            case invalidNumber = "invalid-number"
            case duplicateKey = "duplicate-key"
            case tooDeep = "too-deep"
            case tooLarge = "too-large"
            case stringTooLong = "string-too-long"
            case numberTooLong = "number-too-long"
            case exponentTooLarge = "exponent-too-large"
            case invalidPointer = "invalid-pointer"
        }

        private let value: Value

        private init(_ value: Value) { self.value = value }

        /// The text ends inside a value.
        public static let unexpectedEnd = Code(.unexpectedEnd)
        /// A byte that cannot stand here.
        public static let unexpectedCharacter = Code(.unexpectedCharacter)
        /// Something follows the value.
        public static let trailingContent = Code(.trailingContent)
        /// The text starts with a byte order mark.
        public static let byteOrderMark = Code(.byteOrderMark)
        /// The bytes are not UTF-8.
        public static let invalidEncoding = Code(.invalidEncoding)
        /// A control character stands unescaped in a string.
        public static let controlCharacter = Code(.controlCharacter)
        /// A `\` is followed by something unknown.
        public static let invalidEscape = Code(.invalidEscape)
        /// Half of a surrogate pair is escaped alone.
        public static let loneSurrogate = Code(.loneSurrogate)
        /// A number that JSON does not write so.
        public static let invalidNumber = Code(.invalidNumber)
        /// An object names a member twice; ``JSONError/key`` is the name.
        public static let duplicateKey = Code(.duplicateKey)
        /// Nesting exceeds ``JSONLimits/depth``.
        public static let tooDeep = Code(.tooDeep)
        /// The text exceeds ``JSONLimits/sizeBytes``.
        public static let tooLarge = Code(.tooLarge)
        /// A string exceeds ``JSONLimits/stringBytes``.
        public static let stringTooLong = Code(.stringTooLong)
        /// A number exceeds ``JSONLimits/numberBytes``.
        public static let numberTooLong = Code(.numberTooLong)
        /// A number is beyond 10 to the power of ±``JSONNumber/exponentLimit``.
        public static let exponentTooLarge = Code(.exponentTooLarge)
        /// The text is not a JSON Pointer.
        public static let invalidPointer = Code(.invalidPointer)

        /// The stable name, in kebab-case.
        public var description: String { value.rawValue }
    }

    /// The kind of fault.
    public let code: Code
    /// Where it is, in bytes from the start of the text.
    public let offset: Int
    /// The line it is in, counted from 1; lines end with a line feed.
    public let line: Int
    /// The place in that line, counted from 1 in code points.
    public let column: Int
    /// The limit that was exceeded, if it was one.
    public let limit: Int?
    /// The value that exceeded it, as far as it was measured.
    public let actual: Int?
    /// The member named twice, for ``Code/duplicateKey``.
    ///
    /// Part of the text: do not log it.
    public let key: String?

    private let detail: String

    init(
        _ code: Code,
        offset: Int,
        line: Int,
        column: Int,
        detail: String,
        limit: Int? = nil,
        actual: Int? = nil,
        key: String? = nil
    ) {
        self.code = code
        self.offset = offset
        self.line = line
        self.column = column
        self.detail = detail
        self.limit = limit
        self.actual = actual
        self.key = key
    }

    /// What is wrong and where, such as `line 2, column 7 (byte 19): an object names a member twice`.
    public var description: String {
        var text = "line \(line), column \(column) (byte \(offset)): \(detail)"
        if let limit { text += "; the limit is \(limit)" }
        if let actual { text += ", found \(actual)" }
        return text
    }
}
