public import DocumentModel
public import JSONSchema

/// What a plugin says about a change that is about to happen.
///
/// Shape: `{"allow": bool, "reasons": [{"pointer"?, "message", "suggest"?: [commands]}]}`. `Sendable`.
public struct Verdict: Sendable, Hashable {
    /// One reason for the verdict.
    ///
    /// `Sendable`.
    public struct Reason: Sendable, Hashable {
        /// The place in the document that it is about; nil for the document as a whole.
        public var pointer: JSONPointer?
        /// For the person who made the change.
        public var message: String
        /// Commands that would put it right.
        public var suggest: [Command]

        /// Gives a reason.
        public init(pointer: JSONPointer? = nil, message: String, suggest: [Command] = []) {
            self.pointer = pointer
            self.message = message
            self.suggest = suggest
        }

        /// Writes the reason as one object.
        public func write(into writer: inout JSONWriter) {
            writer.beginObject()
            if let pointer {
                writer.key("pointer")
                writer.string(pointer.description)
            }
            writer.key("message")
            writer.string(message)
            if !suggest.isEmpty {
                writer.key("suggest")
                writer.beginArray()
                for command in suggest { command.write(into: &writer) }
                writer.endArray()
            }
            writer.endObject()
        }
    }

    /// Whether the change may happen as far as this plugin is concerned.
    public var allow: Bool
    /// Why, or why not.
    public var reasons: [Reason]

    /// Gives a verdict.
    public init(allow: Bool, reasons: [Reason] = []) {
        self.allow = allow
        self.reasons = reasons
    }

    /// Writes the verdict as one object.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("allow")
        writer.bool(allow)
        if !reasons.isEmpty {
            writer.key("reasons")
            writer.beginArray()
            for reason in reasons { reason.write(into: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }
}
