public import JSONSchema

/// An applied command: what it was, what it changed and how to take it back.
///
/// JSON: `{"command": Command, "pointer": string, "before": any, "after": any, "inverse": [Command],
/// "effects": [Effect], "within": ["blk_…"]}`. The commands in it may hold what is refused from outside.
///
/// Sendable; a plain value.
public struct Mutation: Sendable, Hashable {
    /// What events derive from.
    ///
    /// JSON: `{"blockCreated": "blk_…"}`, `{"blockChanged": "blk_…"}`, `{"blockDeleted": "blk_…"}`,
    /// `{"commentAdded": "com_…", "block"?: "blk_…"}`, `{"participantAdded": Participant}`,
    /// `{"participantRemoved": Participant}`.
    ///
    /// Sendable; a plain value.
    public enum Effect: Sendable, Hashable {
        /// A block was made; its children have effects of their own.
        case blockCreated(BlockID)
        /// A block's content or place was changed.
        case blockChanged(BlockID)
        /// A block was deleted; its children have effects of their own.
        case blockDeleted(BlockID)
        /// A comment was added to a block, or to the document as a whole.
        case commentAdded(CommentID, block: BlockID?)
        /// Someone joined.
        case participantAdded(Participant)
        /// Someone left.
        case participantRemoved(Participant)
    }

    /// The command for one target, with ids and positions in place of queries, and the ids it gave.
    public var command: Command
    /// Where in the document the change is, at that moment.
    public var pointer: JSONPointer
    /// What was there: of text, only the part replaced; of a created block, `null`.
    public var before: JSON
    /// What is there now: of text, only the part put in; of a deleted block, `null`.
    public var after: JSON
    /// The commands that take it back, in order, on the document as the mutation left it.
    public var inverse: [Command]
    /// What events derive from.
    public var effects: [Effect]
    /// The blocks around the block that was changed, outermost first.
    public var within: [BlockID]

    init(
        command: Command,
        pointer: JSONPointer,
        before: JSON,
        after: JSON,
        inverse: [Command],
        effects: [Effect] = [],
        within: [BlockID] = []
    ) {
        self.command = command
        self.pointer = pointer
        self.before = before
        self.after = after
        self.inverse = inverse
        self.effects = effects
        self.within = within
    }

    /// Reads a stored mutation.
    ///
    /// - Parameter json: the shape above; only ever what ``write(into:)`` wrote, since the commands in it are trusted.
    /// - Throws: ``ShapeError``.
    public init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(
            json,
            known: ["command", "pointer", "before", "after", "inverse", "effects", "within"]
        )
        command = try reader.nested("command") { json throws(ShapeError) in try Command(json: json, isTrusted: true) }
        pointer = try reader.pointer("pointer")
        before = try reader.value("before")
        after = try reader.value("after")
        inverse = try reader.list("inverse") { json throws(ShapeError) in try Command(json: json, isTrusted: true) }
        effects = try reader.list("effects", Effect.init(json:))
        within = try reader.list("within") { json throws(ShapeError) in
            guard let text = json.stringValue, let id = BlockID(parsing: text) else {
                throw ShapeError("identifier", "this must be the id of a block")
            }
            return id
        }
    }

    /// Writes what callers see of a mutation, as members of an object: `command`, `pointer`, `before`, `after`.
    ///
    /// - Parameter writer: in an object.
    public func writeEffect(into writer: inout JSONWriter) {
        writer.key("command")
        command.write(into: &writer)
        writer.key("pointer")
        writer.string(pointer.description)
        writer.key("before")
        writer.value(before)
        writer.key("after")
        writer.value(after)
    }

    /// Writes the shape above.
    ///
    /// - Parameter writer: where a value is due.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeEffect(into: &writer)
        writer.key("inverse")
        writer.beginArray()
        for command in inverse { command.write(into: &writer) }
        writer.endArray()
        writer.key("effects")
        writer.beginArray()
        for effect in effects { effect.write(into: &writer) }
        writer.endArray()
        if !within.isEmpty {
            writer.key("within")
            writer.beginArray()
            for id in within { writer.string(id) }
            writer.endArray()
        }
        writer.endObject()
    }
}

extension Mutation.Effect {
    init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(
            json,
            known: [
                "blockCreated", "blockChanged", "blockDeleted", "commentAdded", "block", "participantAdded",
                "participantRemoved",
            ]
        )
        if let id: BlockID = try reader.optionalIdentifier("blockChanged") {
            self = .blockChanged(id)
        } else if let id: BlockID = try reader.optionalIdentifier("blockCreated") {
            self = .blockCreated(id)
        } else if let id: BlockID = try reader.optionalIdentifier("blockDeleted") {
            self = .blockDeleted(id)
        } else if let id: CommentID = try reader.optionalIdentifier("commentAdded") {
            self = .commentAdded(id, block: try reader.optionalIdentifier("block"))
        } else if reader.has("participantAdded") {
            self = .participantAdded(try reader.nested("participantAdded", Participant.init(json:)))
        } else {
            self = .participantRemoved(try reader.nested("participantRemoved", Participant.init(json:)))
        }
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        switch self {
        case .blockCreated(let id):
            writer.key("blockCreated")
            writer.string(id)
        case .blockChanged(let id):
            writer.key("blockChanged")
            writer.string(id)
        case .blockDeleted(let id):
            writer.key("blockDeleted")
            writer.string(id)
        case .commentAdded(let id, let block):
            writer.key("commentAdded")
            writer.string(id)
            if let block {
                writer.key("block")
                writer.string(block)
            }
        case .participantAdded(let participant):
            writer.key("participantAdded")
            participant.write(into: &writer)
        case .participantRemoved(let participant):
            writer.key("participantRemoved")
            participant.write(into: &writer)
        }
        writer.endObject()
    }
}
