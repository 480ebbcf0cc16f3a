public import JSONSchema

/// A typed tree of blocks with properties, tags, participants and comments; every change makes a new revision.
///
/// JSON: `{"id": "doc_…", "type": string, "title": string, "revision": integer, "properties": object, "tags": [string],
/// "participants": [Participant], "blocks": [Block], "comments": [Comment], "createdBy": Actor, "createdAt": time,
/// "updatedBy": Actor, "updatedAt": time}`, all of them always written, in this order. Equal documents have equal bytes.
///
/// Only `DocumentModel.apply` makes and changes documents.
///
/// Sendable; a value with copy on write.
public struct Document: Sendable {
    static let memberNames =
        ["id", "type", "title", "revision", "properties", "tags", "participants", "blocks", "comments"]
        + Stamps.memberNames

    /// Names the document.
    public let id: DocumentID
    /// What kind of document it is, such as `note`; not empty.
    public let type: String
    /// Its title; may be empty.
    public internal(set) var title: String
    /// 1 when made, one more with each change; set by whoever joins several changes into one revision.
    public var revision: Int
    /// Free members; written canonically.
    public internal(set) var properties: JSONObject
    /// Labels, each once, in the order they were added.
    public internal(set) var tags: [String]
    /// Who takes part, each once, in the order they were added.
    public internal(set) var participants: [Participant]
    /// The blocks of the outermost level, in order.
    public internal(set) var blocks: [Block]
    /// Remarks on the document as a whole, oldest first.
    public internal(set) var comments: [Comment]
    var stamps: Stamps
    /// How large the document is; `nil` until someone measures.
    var size: DocumentSize?

    init(
        id: DocumentID,
        type: String,
        title: String,
        revision: Int,
        properties: JSONObject,
        tags: [String],
        participants: [Participant],
        blocks: [Block],
        comments: [Comment],
        stamps: Stamps
    ) {
        self.id = id
        self.type = type
        self.title = title
        self.revision = revision
        self.properties = properties
        self.tags = tags
        self.participants = participants
        self.blocks = blocks
        self.comments = comments
        self.stamps = stamps
    }

    /// Who made it.
    public var createdBy: Actor { stamps.created.by }
    /// When it was made.
    public var createdAt: Timestamp { stamps.created.at }
    /// Who changed it last.
    public var updatedBy: Actor { stamps.updated.by }
    /// When it was last changed.
    public var updatedAt: Timestamp { stamps.updated.at }
}

extension Document {
    /// Reads a document.
    ///
    /// - Parameter json: the shape above; absent collections are empty.
    /// - Throws: ``ShapeError``.
    public init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: Self.memberNames)
        self.init(
            id: try reader.identifier("id"),
            type: try reader.name("type"),
            title: try reader.string("title"),
            revision: try reader.integer("revision", minimum: 1),
            properties: try reader.optionalObject("properties") ?? JSONObject(),
            tags: try reader.list("tags", Document.tag(json:)),
            participants: try reader.list("participants", Participant.init(json:)),
            blocks: try reader.list("blocks", Block.init(json:)),
            comments: try reader.list("comments", Comment.init(json:)),
            stamps: try Stamps(reader)
        )
    }

    /// Writes the shape above, straight into bytes.
    ///
    /// - Parameter writer: where a value is due.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("type")
        writer.string(type)
        writer.key("title")
        writer.string(title)
        writer.key("revision")
        writer.int(revision)
        writer.key("properties")
        writer.canonical(properties)
        writer.key("tags")
        writer.beginArray()
        for tag in tags { writer.string(tag) }
        writer.endArray()
        writer.key("participants")
        writer.beginArray()
        for participant in participants { participant.write(into: &writer) }
        writer.endArray()
        writer.key("blocks")
        writer.beginArray()
        for block in blocks { block.write(into: &writer) }
        writer.endArray()
        writer.key("comments")
        writer.beginArray()
        for comment in comments { comment.write(into: &writer) }
        writer.endArray()
        stamps.write(into: &writer)
        writer.endObject()
    }

    /// The shape above as compact JSON in UTF-8.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter(reserving: size?.bytes ?? 1024)
        write(into: &writer)
        return writer.bytes
    }

    static func tag(json: JSON) throws(ShapeError) -> String {
        guard case .string(let tag) = json else {
            throw ShapeError("type", "a tag must be a string, not \(json.typeName)")
        }
        guard !tag.isEmpty else { throw ShapeError("min-length", "a tag must not be empty", limit: 1, actual: 0) }
        return tag
    }
}

extension Document: Hashable {
    /// Whether all members are the same, strings code point by code point.
    public static func == (left: Document, right: Document) -> Bool {
        left.id == right.id && left.revision == right.revision && left.type.hasSameScalars(as: right.type)
            && left.title.hasSameScalars(as: right.title) && left.properties == right.properties
            && left.tags.elementsEqual(right.tags) { $0.hasSameScalars(as: $1) }
            && left.participants == right.participants && left.comments == right.comments && left.stamps == right.stamps
            && left.blocks == right.blocks
    }

    /// Feeds the id and the revision into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(revision)
    }
}
