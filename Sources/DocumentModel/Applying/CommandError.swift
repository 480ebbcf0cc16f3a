public import JSONSchema

/// Why a command was refused, and where.
///
/// Sendable; a plain value. ``description`` is safe to log: it names members and ids, not content.
public struct CommandError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of fault.
    ///
    /// Sendable.
    public enum Kind: String, Sendable {
        /// The command is not of the shape its `op` asks for.
        case invalid
        /// There is no such `op`.
        case unknownCommand = "unknown-command"
        /// The command is well formed, but the document has not what it speaks of.
        case doesNotApply = "does-not-apply"
        /// An `expect` does not hold.
        case preconditionFailed = "precondition-failed"
        /// What the command was made on has changed since.
        case conflict
        /// The document would exceed a limit.
        case limit
        /// The command would change what only the host may write.
        case readOnly = "read-only"
    }

    /// The kind of fault.
    public var kind: Kind
    /// The position of the command in its list.
    public var commandIndex: Int
    /// Where the fault is, from the answer or body that holds the list: `/commands/3/target`.
    public var pointer: JSONPointer
    /// What was broken, in kebab-case, such as `expect-text` or `unused-id`.
    public var rule: String
    /// What would have been right: a limit, the text expected, the names known.
    public var limit: JSON?
    /// What was found.
    public var actual: JSON?
    /// What is wrong, in a sentence.
    public var message: String
    /// What the sender can do about it, or the name that was probably meant.
    public var hint: String?

    init(
        _ kind: Kind,
        index: Int,
        at tokens: [String] = [],
        rule: String,
        _ message: String,
        limit: JSON? = nil,
        actual: JSON? = nil,
        hint: String? = nil
    ) {
        self.kind = kind
        commandIndex = index
        pointer = JSONPointer(tokens: ["commands", String(index)] + tokens)
        self.rule = rule
        self.limit = limit
        self.actual = actual
        self.message = message
        self.hint = hint
    }

    init(_ error: ShapeError, index: Int, list: JSONPointer = JSONPointer(tokens: ["commands"])) {
        kind = error.rule == "unknown-op" ? .unknownCommand : .invalid
        commandIndex = index
        pointer = list.appending(index).appending(error.pointer)
        rule = error.rule
        limit = error.limit
        actual = error.actual
        message = error.message
        hint = error.hint
    }

    /// The kind, the place and the sentence.
    public var description: String { "\(kind.rawValue) at \(pointer): \(message)" }
}
