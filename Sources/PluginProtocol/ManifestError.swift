public import JSONSchema

/// What is wrong with a manifest, and where.
///
/// Shape: members as in a ``Refusal``. `Sendable`. ``description`` is safe to log.
public struct ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place in the manifest.
    public let pointer: JSONPointer
    /// The rule that was broken: a keyword of the schema or a word of the protocol.
    public let rule: String
    /// One sentence: what was wrong, the limit and the actual value.
    public let message: String
    /// What the rule allows.
    public let limit: JSON?
    /// What was found instead.
    public let actual: JSON?
    /// What to do about it.
    public let hint: String?

    init(
        at pointer: JSONPointer,
        rule: String,
        _ message: String,
        limit: JSON? = nil,
        actual: JSON? = nil,
        hint: String? = nil
    ) {
        self.pointer = pointer
        self.rule = rule
        self.message = message
        self.limit = limit
        self.actual = actual
        self.hint = hint
    }

    /// The place, the message and the hint.
    public var description: String {
        let place = pointer.isRoot ? "" : "\(pointer): "
        return hint.map { "\(place)\(message) (\($0))" } ?? "\(place)\(message)"
    }
}
