public import JSONSchema

/// One piece of a document: a typed text with properties, annotations, comments and blocks inside it.
///
/// JSON: `{"id": "blk_…", "type": string, "text": string, "properties": object, "children": [Block],
/// "annotations": [Annotation], "comments": [Comment], "createdBy": Actor, "createdAt": time, "updatedBy": Actor,
/// "updatedAt": time}`, all of them always written. `updated*` speak of type, text, properties and annotations;
/// comments, children and the block's place do not touch them.
///
/// Sendable; a value with copy on write: a copy costs one reference.
public struct Block: Sendable {
    /// What a block holds.
    ///
    /// Unchecked: its members change only through ``Block/unique()``, that is while no other value refers to it.
    private final class Storage: @unchecked Sendable {
        var id: BlockID
        var type: String
        var text: String
        var properties: JSONObject
        var children: [Block]
        var annotations: [Annotation]
        var comments: [Comment]
        var stamps: Stamps

        init(
            id: BlockID,
            type: String,
            text: String,
            properties: JSONObject,
            children: [Block],
            annotations: [Annotation],
            comments: [Comment],
            stamps: Stamps
        ) {
            self.id = id
            self.type = type
            self.text = text
            self.properties = properties
            self.children = children
            self.annotations = annotations
            self.comments = comments
            self.stamps = stamps
        }
    }

    static let memberNames =
        ["id", "type", "text", "properties", "children", "annotations", "comments"] + Stamps.memberNames

    private var storage: Storage

    init(
        id: BlockID,
        type: String,
        text: String,
        properties: JSONObject,
        children: [Block],
        annotations: [Annotation],
        comments: [Comment],
        stamps: Stamps
    ) {
        storage = Storage(
            id: id,
            type: type,
            text: text,
            properties: properties,
            children: children,
            annotations: annotations.inBlockOrder(),
            comments: comments,
            stamps: stamps
        )
    }

    private mutating func unique() -> Storage {
        if !isKnownUniquelyReferenced(&storage) {
            storage = Storage(
                id: storage.id,
                type: storage.type,
                text: storage.text,
                properties: storage.properties,
                children: storage.children,
                annotations: storage.annotations,
                comments: storage.comments,
                stamps: storage.stamps
            )
        }
        return storage
    }

    /// Unique within the document.
    public var id: BlockID { storage.id }

    /// What kind of block it is, such as `paragraph`; not empty.
    public internal(set) var type: String {
        get { storage.type }
        set { unique().type = newValue }
    }

    /// Its text; U+FFFC stands for an inline element.
    public internal(set) var text: String {
        get { storage.text }
        set { unique().text = newValue }
    }

    /// Free members; written canonically.
    public internal(set) var properties: JSONObject {
        get { storage.properties }
        _modify { yield &unique().properties }
    }

    /// The blocks inside it, in order.
    public internal(set) var children: [Block] {
        get { storage.children }
        _modify { yield &unique().children }
    }

    /// What is said about parts of its text, ordered by start, end, name and id.
    public internal(set) var annotations: [Annotation] {
        get { storage.annotations }
        _modify { yield &unique().annotations }
    }

    /// Remarks on it, oldest first.
    public internal(set) var comments: [Comment] {
        get { storage.comments }
        _modify { yield &unique().comments }
    }

    var stamps: Stamps {
        get { storage.stamps }
        _modify { yield &unique().stamps }
    }

    /// Who made it.
    public var createdBy: Actor { storage.stamps.created.by }
    /// When it was made.
    public var createdAt: Timestamp { storage.stamps.created.at }
    /// Who changed it last.
    public var updatedBy: Actor { storage.stamps.updated.by }
    /// When it was last changed.
    public var updatedAt: Timestamp { storage.stamps.updated.at }

    /// Whether both are the same value in memory; `false` says nothing.
    func isIdentical(to other: Block) -> Bool { storage === other.storage }
}

extension Block {
    /// Reads a block.
    ///
    /// - Parameter json: the shape above; of `text`, `properties`, `children`, `annotations` and `comments`, absent ones
    ///   are empty.
    /// - Throws: ``ShapeError``.
    public init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: Self.memberNames)
        self.init(
            id: try reader.identifier("id"),
            type: try reader.name("type"),
            text: try reader.optionalString("text") ?? "",
            properties: try reader.optionalObject("properties") ?? JSONObject(),
            children: try reader.list("children", Block.init(json:)),
            annotations: try reader.list("annotations", Annotation.init(json:)),
            comments: try reader.list("comments", Comment.init(json:)),
            stamps: try Stamps(reader)
        )
        if let last = annotations.map(\.end).max() {
            let count = text.scalarCount
            guard last <= count else {
                throw ShapeError(
                    "range",
                    at: ["annotations"],
                    "an annotation ends after the text does",
                    limit: JSON(count),
                    actual: JSON(last)
                )
            }
        }
    }

    /// Writes the shape above.
    ///
    /// - Parameter writer: where a value is due.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("type")
        writer.string(type)
        writer.key("text")
        writer.string(text)
        writer.key("properties")
        writer.canonical(properties)
        writer.key("children")
        writer.beginArray()
        for child in children { child.write(into: &writer) }
        writer.endArray()
        writer.key("annotations")
        writer.beginArray()
        for annotation in annotations { annotation.write(into: &writer) }
        writer.endArray()
        writer.key("comments")
        writer.beginArray()
        for comment in comments { comment.write(into: &writer) }
        writer.endArray()
        stamps.write(into: &writer)
        writer.endObject()
    }

    /// The length of the JSON form, children not counted (but their brackets).
    var ownByteCount: Int {
        var count =
            #"{"id":"","type":"","text":"","properties":,"children":[],"annotations":[],"comments":[],}"#.utf8.count
            + 30
            + type.escapedByteCount + text.escapedByteCount + properties.canonicalByteCount + stamps.byteCount
        for annotation in annotations { count += annotation.byteCount }
        count += max(annotations.count - 1, 0)
        for comment in comments { count += comment.byteCount }
        return count + max(comments.count - 1, 0)
    }
}

extension Block: Hashable {
    /// Whether all members are the same, strings code point by code point, children included.
    public static func == (left: Block, right: Block) -> Bool {
        left.isIdentical(to: right)
            || left.id == right.id && left.hasSameContent(as: right) && left.comments == right.comments
                && left.stamps == right.stamps && left.children == right.children
    }

    /// Feeds the id and the text into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(text)
    }

    /// Whether type, text, properties and annotations are the same.
    func hasSameContent(as other: Block) -> Bool {
        type.hasSameScalars(as: other.type) && text.hasSameScalars(as: other.text) && properties == other.properties
            && annotations == other.annotations
    }
}

extension [Annotation] {
    /// The annotations in the one order a block keeps them in.
    func inBlockOrder() -> [Annotation] {
        for index in indices.dropFirst() where Annotation.precedes(self[index], self[index - 1]) {
            return sorted(by: Annotation.precedes)
        }
        return self
    }
}

extension JSONWriter {
    /// Writes free members so that equal ones have equal bytes.
    mutating func canonical(_ members: JSONObject) {
        if members.isEmpty {
            beginObject()
            endObject()
        } else {
            canonical(JSON.object(members))
        }
    }
}
