public import JSONSchema

/// Why a JSON value is not the document, block, command or mutation it should be.
///
/// Sendable; a plain value. ``description`` is safe to log: it names members, not their content.
public struct ShapeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where the fault is, from the value that was read.
    public var pointer: JSONPointer
    /// What was broken, in kebab-case, such as `type`, `required`, `unknown-member` or `minimum`.
    public var rule: String
    /// What is wrong, in a sentence.
    public var message: String
    /// What would have been right, if it is a number or a list of choices.
    public var limit: JSON?
    /// What was found, if it helps and is short.
    public var actual: JSON?
    /// A name that was probably meant.
    public var hint: String?

    init(
        _ rule: String,
        at tokens: [String] = [],
        _ message: String,
        limit: JSON? = nil,
        actual: JSON? = nil,
        hint: String? = nil
    ) {
        pointer = JSONPointer(tokens: tokens)
        self.rule = rule
        self.message = message
        self.limit = limit
        self.actual = actual
        self.hint = hint
    }

    /// The same fault seen from a value further outside.
    func inside(_ tokens: String...) -> ShapeError {
        var error = self
        error.pointer = JSONPointer(tokens: tokens + pointer.tokens)
        return error
    }

    /// The place and the sentence.
    public var description: String { pointer.isRoot ? message : "\(pointer): \(message)" }
}
