import JSONSchema

/// The block or blocks a command speaks of.
///
/// JSON: `{"block": "blk_…"}` or `{"find": {"text"?, "type"?, "annotation"?, "limit"?}}`.
///
/// Sendable; a plain value.
public enum Target: Sendable, Hashable {
    /// One block by its id.
    case block(BlockID)
    /// Blocks by what they hold.
    case find(BlockQuery)

    init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: ["block", "find"])
        switch (reader.has("block"), reader.has("find")) {
        case (true, false): self = .block(try reader.identifier("block"))
        case (false, true): self = .find(try reader.nested("find", BlockQuery.init(json:)))
        default: throw ShapeError("one-of", "a target has either block or find")
        }
    }

    /// Reads the target of a command that has only one.
    static func single(json: JSON) throws(ShapeError) -> Target {
        let target = try Target(json: json)
        if case .find(let query) = target, query.limit > 1 {
            throw ShapeError(
                "maximum",
                at: ["find", "limit"],
                "this command has one target",
                limit: 1,
                actual: JSON(query.limit)
            )
        }
        return target
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        switch self {
        case .block(let id):
            writer.key("block")
            writer.string(id)
        case .find(let query):
            writer.key("find")
            query.write(into: &writer)
        }
        writer.endObject()
    }

    /// The block's id, if the target names one.
    public var blockID: BlockID? {
        if case .block(let id) = self { id } else { nil }
    }
}

/// Finds blocks by meaning; what is given must all hold.
///
/// JSON: `{"text"?: string, "type"?: string, "annotation"?: string, "limit"?: 1...10000}`, at least one of the first
/// three.
///
/// Sendable; a plain value.
public struct BlockQuery: Sendable, Hashable {
    /// The most blocks a query may ask for.
    static let maximum = 10_000

    /// The block's text contains this.
    public var text: String?
    /// The block is of this type.
    public var type: String?
    /// The block has an annotation of this name.
    public var annotation: String?
    /// How many matches, in the document's order, are taken.
    public var limit: Int

    /// Makes a query; give at least one of the first three.
    ///
    /// - Parameters:
    ///   - text: what the block's text contains; not empty.
    ///   - type: the block's type; not empty.
    ///   - annotation: the name of an annotation on it; not empty.
    ///   - limit: how many matches are taken, 1 to 10,000.
    public init(text: String? = nil, type: String? = nil, annotation: String? = nil, limit: Int = 1) {
        self.text = text
        self.type = type
        self.annotation = annotation
        self.limit = limit
    }

    init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: ["text", "type", "annotation", "limit"])
        text = try reader.optionalName("text")
        type = try reader.optionalName("type")
        annotation = try reader.optionalName("annotation")
        limit = try reader.optionalInteger("limit", minimum: 1, maximum: Self.maximum) ?? 1
        guard text != nil || type != nil || annotation != nil else {
            throw ShapeError("min-properties", "find needs at least one of text, type and annotation")
        }
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        if let text {
            writer.key("text")
            writer.string(text)
        }
        if let type {
            writer.key("type")
            writer.string(type)
        }
        if let annotation {
            writer.key("annotation")
            writer.string(annotation)
        }
        if limit != 1 {
            writer.key("limit")
            writer.int(limit)
        }
        writer.endObject()
    }

    /// Whether a block is one of those meant.
    func matches(_ block: Block) -> Bool {
        if let type, !block.type.hasSameScalars(as: type) { return false }
        if let annotation, !block.annotations.contains(where: { $0.name.hasSameScalars(as: annotation) }) {
            return false
        }
        if let text, block.text.occurrences(of: text, limit: 1).isEmpty { return false }
        return true
    }
}
