public import DocumentModel
public import JSONSchema

/// Why an exchange failed or a plugin's answer was refused, in words a plugin's author can act on.
///
/// Shape: `{"kind", "message", "commandIndex"?, "pointer"?, "rule"?, "limit"?, "actual"?, "hint"?}`.
/// `Sendable`. Safe to log, but for ``actual``, which repeats what the plugin sent.
public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The row of the failure table.
    public var kind: FailureKind
    /// One sentence: what was wrong, where, the limit and the actual value.
    public var message: String
    /// Which command of the answer, from 0; nil if it is not about one.
    public var commandIndex: Int?
    /// The place in the answer's JSON; nil if there is none.
    public var pointer: JSONPointer?
    /// The rule that was broken: a keyword of the schema or a word of the protocol.
    public var rule: String?
    /// What the rule allows.
    public var limit: JSON?
    /// What was found instead.
    public var actual: JSON?
    /// What to do about it.
    public var hint: String?

    /// Makes a refusal.
    public init(
        _ kind: FailureKind,
        _ message: String,
        commandIndex: Int? = nil,
        pointer: JSONPointer? = nil,
        rule: String? = nil,
        limit: JSON? = nil,
        actual: JSON? = nil,
        hint: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.commandIndex = commandIndex
        self.pointer = pointer
        self.rule = rule
        self.limit = limit
        self.actual = actual
        self.hint = hint
    }

    /// The kind and the message.
    public var description: String {
        hint.map { "\(kind.rawValue): \(message) (\($0))" } ?? "\(kind.rawValue): \(message)"
    }
}

extension Refusal {
    /// Refuses the answer because one of its commands is wrong or cannot be carried out.
    ///
    /// - Parameters:
    ///   - error: with a pointer into the answer.
    ///   - op: the command's `op`, for the message.
    public init(_ error: CommandError, op: String? = nil) {
        self.init(
            FailureKind(error.kind),
            Self.message(error.message, commandIndex: error.commandIndex, op: op, pointer: error.pointer),
            commandIndex: error.commandIndex,
            pointer: error.pointer,
            rule: error.rule,
            limit: error.limit,
            actual: error.actual,
            hint: error.hint
        )
    }

    /// Puts a place in front of what was wrong there: `command 2 (text.insert): /commands/2/start: …`.
    static func message(_ detail: String, commandIndex: Int?, op: String?, pointer: JSONPointer) -> String {
        let command = commandIndex.map { index in "command \(index)\(op.map { " (\($0))" } ?? ""): " } ?? ""
        return pointer.isRoot ? "\(command)\(detail)" : "\(command)\(pointer): \(detail)"
    }

    /// Writes the refusal as one object; members that say nothing are left out.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("kind")
        writer.string(kind.rawValue)
        writer.key("message")
        writer.string(message)
        if let commandIndex {
            writer.key("commandIndex")
            writer.int(commandIndex)
        }
        if let pointer {
            writer.key("pointer")
            writer.string(pointer.description)
        }
        if let rule {
            writer.key("rule")
            writer.string(rule)
        }
        if let limit {
            writer.key("limit")
            writer.value(limit)
        }
        if let actual {
            writer.key("actual")
            writer.value(actual)
        }
        if let hint {
            writer.key("hint")
            writer.string(hint)
        }
        writer.endObject()
    }

    /// Reads a refusal as ``write(into:)`` wrote it; nil if it is none.
    public init?(json: JSON) {
        guard let kind = json["kind"]?.stringValue.flatMap(FailureKind.init(rawValue:)),
            let message = json["message"]?.stringValue
        else { return nil }
        self.init(
            kind,
            message,
            commandIndex: json["commandIndex"]?.intValue,
            pointer: json["pointer"]?.stringValue.flatMap { try? JSONPointer(parsing: $0) },
            rule: json["rule"]?.stringValue,
            limit: json["limit"],
            actual: json["actual"],
            hint: json["hint"]?.stringValue
        )
    }
}

extension FailureKind {
    /// The row of the failure table that a command's fault belongs to.
    public init(_ kind: CommandError.Kind) {
        self =
            switch kind {
            case .invalid: .schema
            case .unknownCommand: .unknownCommand
            case .preconditionFailed: .preconditionFailed
            case .conflict: .conflict
            case .doesNotApply, .limit, .readOnly: .doesNotApply
            }
    }
}
