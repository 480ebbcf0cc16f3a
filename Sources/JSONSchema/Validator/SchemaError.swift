/// Why a schema was refused.
///
/// Sendable; a plain value. ``description`` names places in the schema and is safe to log.
public struct SchemaError: Error, Sendable, CustomStringConvertible {
    /// The kind of fault.
    ///
    /// Sendable. More may be added, so a `switch` needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidSchema = "invalid-schema"
            case invalidPattern = "invalid-pattern"
            case invalidIdentifier = "invalid-identifier"
            case duplicateIdentifier = "duplicate-identifier"
            case unresolvedReference = "unresolved-reference"
            case endlessReference = "endless-reference"
            case unknownDialect = "unknown-dialect"
            case unknownVocabulary = "unknown-vocabulary"
            case tooLarge = "too-large"
        }

        private let value: Value

        private init(_ value: Value) { self.value = value }

        /// The schema does not satisfy its meta-schema; ``SchemaError/violations`` say where.
        public static let invalidSchema = Code(.invalidSchema)
        /// A regular expression breaks ECMA-262's syntax or is too large.
        public static let invalidPattern = Code(.invalidPattern)
        /// An `$id` or anchor cannot be one.
        public static let invalidIdentifier = Code(.invalidIdentifier)
        /// Two different schemas have the same `$id` or anchor.
        public static let duplicateIdentifier = Code(.duplicateIdentifier)
        /// A reference names nothing that was given; nothing is ever fetched.
        public static let unresolvedReference = Code(.unresolvedReference)
        /// References lead back to themselves without going into the instance.
        public static let endlessReference = Code(.endlessReference)
        /// `$schema` names a dialect that is not known.
        public static let unknownDialect = Code(.unknownDialect)
        /// A dialect requires a vocabulary that is not known.
        public static let unknownVocabulary = Code(.unknownVocabulary)
        /// The schema exceeds one of ``SchemaLimits``.
        public static let tooLarge = Code(.tooLarge)

        /// The stable name, in kebab-case.
        public var description: String { value.rawValue }
    }

    /// The kind of fault.
    public let code: Code
    /// Where in the schemas: a URI with a JSON Pointer as its fragment.
    public let location: String
    /// How the schema violates its meta-schema, for ``Code/invalidSchema``; otherwise empty.
    public let violations: [SchemaViolation]

    private let message: String

    init(_ code: Code, at location: String, _ message: String, violations: [SchemaViolation] = []) {
        self.code = code
        self.location = location
        self.message = message
        self.violations = violations
    }

    /// What is wrong and where.
    public var description: String { "\(location): \(message)" }
}
