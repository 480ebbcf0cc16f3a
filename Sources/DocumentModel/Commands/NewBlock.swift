public import JSONSchema

/// A block to be made, with all that is in it.
///
/// JSON: `{"id"?: "blk_…", "type": string, "text"?: string, "properties"?: object, "children"?: [Block],
/// "annotations"?: [{"id"?, "name", "value", "start", "end"}]}`.
///
/// In an inverse the host also writes what only it may write, comments and `created*` and `updated*`, so that a
/// restored block is the one it was.
///
/// Sendable; a plain value.
public struct NewBlock: Sendable, Hashable {
    /// An annotation to be made.
    ///
    /// Sendable; a plain value.
    public struct NewAnnotation: Sendable, Hashable {
        /// An unused id; absent, the host gives one.
        public var id: AnnotationID?
        /// What kind of annotation it is; not empty.
        public var name: String
        /// What it says.
        public var value: JSON
        /// The first code point it covers.
        public var start: Int
        /// The code point after the last one; more than `start`.
        public var end: Int

        /// Makes an annotation.
        ///
        /// - Parameters:
        ///   - id: an unused id; absent, the host gives one.
        ///   - name: not empty.
        ///   - value: any JSON.
        ///   - start: the first code point it covers.
        ///   - end: the code point after the last one; more than `start`.
        public init(id: AnnotationID? = nil, name: String, value: JSON, start: Int, end: Int) {
            self.id = id
            self.name = name
            self.value = value
            self.start = start
            self.end = end
        }

        init(json: JSON) throws(ShapeError) {
            let reader = try MemberReader(json, known: ["id", "name", "value", "start", "end"])
            id = try reader.optionalIdentifier("id")
            name = try reader.name("name")
            value = try reader.value("value")
            start = try reader.integer("start", minimum: 0)
            end = try reader.integer("end", minimum: start + 1)
        }

        func write(into writer: inout JSONWriter) {
            writer.beginObject()
            if let id {
                writer.key("id")
                writer.string(id)
            }
            writer.key("name")
            writer.string(name)
            writer.key("value")
            writer.value(value)
            writer.key("start")
            writer.int(start)
            writer.key("end")
            writer.int(end)
            writer.endObject()
        }
    }

    /// What a block had that only the host may write.
    struct Record: Sendable, Hashable {
        var comments: [Comment]
        var stamps: Stamps
    }

    /// An unused id; absent, the host gives one.
    public var id: BlockID?
    /// What kind of block it is; not empty.
    public var type: String
    /// Its text.
    public var text: String
    /// Its free members.
    public var properties: JSONObject
    /// The blocks inside it.
    public var children: [NewBlock]
    /// What is said about parts of its text.
    public var annotations: [NewAnnotation]
    var record: Record?

    /// Makes a block to be inserted.
    ///
    /// - Parameters:
    ///   - id: an unused id; absent, the host gives one.
    ///   - type: not empty.
    ///   - text: U+FFFC stands for an inline element.
    ///   - properties: free members.
    ///   - children: the blocks inside it.
    ///   - annotations: within the text.
    public init(
        id: BlockID? = nil,
        type: String,
        text: String = "",
        properties: JSONObject = JSONObject(),
        children: [NewBlock] = [],
        annotations: [NewAnnotation] = []
    ) {
        self.id = id
        self.type = type
        self.text = text
        self.properties = properties
        self.children = children
        self.annotations = annotations
    }

    /// The block as it is, to be restored.
    init(restoring block: Block) {
        self.init(
            id: block.id,
            type: block.type,
            text: block.text,
            properties: block.properties,
            children: block.children.map(NewBlock.init(restoring:)),
            annotations: block.annotations.map {
                NewAnnotation(id: $0.id, name: $0.name, value: $0.value, start: $0.start, end: $0.end)
            }
        )
        record = Record(comments: block.comments, stamps: block.stamps)
    }

    init(json: JSON) throws(ShapeError) { try self.init(json: json, isTrusted: false) }

    private static let memberNames = ["id", "type", "text", "properties", "children", "annotations"]

    init(json: JSON, isTrusted: Bool) throws(ShapeError) {
        let reader = try MemberReader(json, known: isTrusted ? Block.memberNames : Self.memberNames)
        id = try reader.optionalIdentifier("id")
        type = try reader.name("type")
        text = try reader.optionalString("text") ?? ""
        properties = try reader.optionalObject("properties") ?? JSONObject()
        children = try reader.list("children") { json throws(ShapeError) in
            try NewBlock(json: json, isTrusted: isTrusted)
        }
        annotations = try reader.list("annotations", NewAnnotation.init(json:))
        if isTrusted, reader.has("createdAt") {
            record = Record(comments: try reader.list("comments", Comment.init(json:)), stamps: try Stamps(reader))
        }
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        if let id {
            writer.key("id")
            writer.string(id)
        }
        writer.key("type")
        writer.string(type)
        writer.key("text")
        writer.string(text)
        if !properties.isEmpty {
            writer.key("properties")
            writer.canonical(properties)
        }
        if !children.isEmpty {
            writer.key("children")
            writer.beginArray()
            for child in children { child.write(into: &writer) }
            writer.endArray()
        }
        if !annotations.isEmpty {
            writer.key("annotations")
            writer.beginArray()
            for annotation in annotations { annotation.write(into: &writer) }
            writer.endArray()
        }
        if let record {
            if !record.comments.isEmpty {
                writer.key("comments")
                writer.beginArray()
                for comment in record.comments { comment.write(into: &writer) }
                writer.endArray()
            }
            record.stamps.write(into: &writer)
        }
        writer.endObject()
    }
}
