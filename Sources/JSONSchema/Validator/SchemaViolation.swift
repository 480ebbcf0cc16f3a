/// One way in which a value does not satisfy a schema.
///
/// Sendable; a plain value. The messages quote names and short values of the instance.
public struct SchemaViolation: Sendable, Hashable, CustomStringConvertible {
    /// Where in the instance.
    ///
    /// For a member that is not allowed it leads to that member, for one that is missing to the object.
    public let instance: JSONPointer
    /// The keyword that is violated, such as `maxLength`.
    ///
    /// `limit` if validating needed more steps or levels than ``SchemaLimits`` allow; `false` for a
    /// schema that allows nothing.
    public let keyword: String
    /// Where in the schemas the keyword is: a URI with a JSON Pointer as its fragment.
    public let schemaLocation: String
    /// What was expected and what was there, as a sentence without a full stop.
    public let message: String
    /// The value of the keyword, where it is a bound, a type or one value.
    public let limit: JSON?
    /// What was found and compared with the limit, where that is short.
    public let actual: JSON?
    /// How to put it right, such as `did you mean "block.insert"?`.
    public let hint: String?
    /// The nearest allowed name, alone, where ``hint`` holds one.
    public let suggestion: String?

    /// The place and the message.
    public var description: String {
        let place = instance.isRoot ? "the value" : instance.description
        return "\(place): \(message)" + (hint.map { " (\($0))" } ?? "")
    }
}
