// Stands in until the validator lands; whoever lands it deletes this file.

/// A compiled JSON Schema.
public final class Schema: Sendable {
    /// Accepts any schema.
    public init(compiling schema: JSON, resources: [String: JSON] = [:]) throws {}

    /// Finds nothing.
    public func violations(in json: JSON, limit: Int = 10) -> [SchemaViolation] { [] }

    /// Accepts everything.
    public func isValid(_ json: JSON) -> Bool { true }
}

/// A breach of a schema.
public struct SchemaViolation: Sendable {
    /// Where in the instance.
    public var instance: JSONPointer
    /// The keyword broken.
    public var keyword: String
    /// Where in the schema.
    public var schemaLocation: String
    /// What is wrong.
    public var message: String
    /// What the keyword allows.
    public var limit: JSON?
    /// What was found.
    public var actual: JSON?
    /// What to do.
    public var hint: String?
}
