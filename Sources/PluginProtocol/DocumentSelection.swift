public import DocumentModel
public import JSONSchema

/// The part of documents that a subscription's `reads` select, compiled once.
///
/// - A pointer selects what it leads to: `/title`, `/blocks`, `/properties/author`.
/// - It names no positions, so one below `/blocks` is about every block at any depth: `/blocks/text`
///   selects the text of all of them. A block always keeps its `id`, `type` and `children`.
/// - It can lead into `properties` of the document and of blocks; of any other member it selects the whole.
/// - `id`, `type` and `revision` of the document are always there.
///
/// `Sendable`.
public struct DocumentSelection: Sendable, Hashable {
    /// All of a document.
    public static let everything = DocumentSelection(reads: nil)

    private indirect enum Part: Sendable, Hashable {
        case whole
        case members([String: Part])
    }

    private let document: Part
    private let block: Part

    /// Compiles a selection.
    ///
    /// - Parameter reads: pointers without array indices; nil for all of a document.
    public init(reads: [JSONPointer]?) {
        guard let reads else {
            document = .whole
            block = .whole
            return
        }
        document = reads.reduce(.members([:])) { Self.adding($1.tokens[...], to: $0) }
        let blocks = reads.filter { $0.tokens.first == "blocks" }
        // A block's children are blocks: what is said of them is said of every block.
        block = blocks.reduce(.members([:])) {
            Self.adding($1.tokens.dropFirst().drop { $0 == "children" }, to: $0)
        }
    }

    private static func adding(_ tokens: ArraySlice<String>, to part: Part) -> Part {
        guard case .members(var members) = part else { return part }
        guard let first = tokens.first else { return .whole }
        members[first] = adding(tokens.dropFirst(), to: members[first] ?? .members([:]))
        return .members(members)
    }

    /// Whether all of every document is selected.
    public var isEverything: Bool { document == .whole }

    /// The selected part of a document as JSON.
    ///
    /// - Returns: the members of a document in their usual order, those left out that are not selected.
    public func serialized(_ document: Document) -> [UInt8] {
        guard case .members(let members) = self.document else { return document.serialized() }
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.key("id")
        writer.string(document.id)
        writer.key("type")
        writer.string(document.type)
        if members["title"] != nil {
            writer.key("title")
            writer.string(document.title)
        }
        writer.key("revision")
        writer.int(document.revision)
        if let part = members["properties"] {
            writer.key("properties")
            Self.write(.object(document.properties), part, into: &writer)
        }
        if members["tags"] != nil {
            writer.key("tags")
            writer.beginArray()
            for tag in document.tags { writer.string(tag) }
            writer.endArray()
        }
        if members["participants"] != nil {
            writer.key("participants")
            writer.beginArray()
            for participant in document.participants { participant.write(into: &writer) }
            writer.endArray()
        }
        if members["blocks"] != nil {
            writer.key("blocks")
            writer.beginArray()
            for block in document.blocks { write(block, into: &writer) }
            writer.endArray()
        }
        if members["comments"] != nil {
            writer.key("comments")
            writer.beginArray()
            for comment in document.comments { comment.write(into: &writer) }
            writer.endArray()
        }
        Self.writeStamps(
            members,
            created: (document.createdBy, document.createdAt),
            updated: (document.updatedBy, document.updatedAt),
            into: &writer
        )
        writer.endObject()
        return writer.bytes
    }

    private func write(_ block: Block, into writer: inout JSONWriter) {
        guard case .members(let members) = self.block else {
            block.write(into: &writer)
            return
        }
        writer.beginObject()
        writer.key("id")
        writer.string(block.id)
        writer.key("type")
        writer.string(block.type)
        if members["text"] != nil {
            writer.key("text")
            writer.string(block.text)
        }
        if let part = members["properties"] {
            writer.key("properties")
            Self.write(.object(block.properties), part, into: &writer)
        }
        writer.key("children")
        writer.beginArray()
        for child in block.children { write(child, into: &writer) }
        writer.endArray()
        if members["annotations"] != nil {
            writer.key("annotations")
            writer.beginArray()
            for annotation in block.annotations { annotation.write(into: &writer) }
            writer.endArray()
        }
        if members["comments"] != nil {
            writer.key("comments")
            writer.beginArray()
            for comment in block.comments { comment.write(into: &writer) }
            writer.endArray()
        }
        Self.writeStamps(
            members,
            created: (block.createdBy, block.createdAt),
            updated: (block.updatedBy, block.updatedAt),
            into: &writer
        )
        writer.endObject()
    }

    private static func writeStamps(
        _ members: [String: Part],
        created: (by: Actor, at: Timestamp),
        updated: (by: Actor, at: Timestamp),
        into writer: inout JSONWriter
    ) {
        if members["createdBy"] != nil {
            writer.key("createdBy")
            created.by.write(into: &writer)
        }
        if members["createdAt"] != nil {
            writer.key("createdAt")
            writer.string(created.at)
        }
        if members["updatedBy"] != nil {
            writer.key("updatedBy")
            updated.by.write(into: &writer)
        }
        if members["updatedAt"] != nil {
            writer.key("updatedAt")
            writer.string(updated.at)
        }
    }

    /// Writes what is selected of free-form values; a pointer goes through arrays to all their elements.
    private static func write(_ json: JSON, _ part: Part, into writer: inout JSONWriter) {
        guard case .members(let selected) = part else {
            writer.canonical(json)
            return
        }
        switch json {
        case .object(let members):
            writer.beginObject()
            // As canonical JSON orders them, so that equal parts have equal bytes.
            for (key, value) in members.sorted(by: { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }) {
                guard let inner = selected[key] else { continue }
                writer.key(key)
                write(value, inner, into: &writer)
            }
            writer.endObject()
        case .array(let elements):
            writer.beginArray()
            for element in elements { write(element, part, into: &writer) }
            writer.endArray()
        default:
            // The pointer leads further than the value goes.
            writer.null()
        }
    }

    /// The members of a document: what a pointer can begin with.
    static let memberNames = [
        "id", "type", "title", "revision", "properties", "tags", "participants", "blocks", "comments", "createdBy",
        "createdAt", "updatedBy", "updatedAt",
    ]
}

extension Document {
    /// The part of the document that these pointers select, as JSON; see ``DocumentSelection``.
    ///
    /// - Parameter reads: pointers without array indices; nil for all of it.
    /// - Returns: the members of a document in their usual order, those left out that are not selected.
    public func serialized(reads: [JSONPointer]?) -> [UInt8] { DocumentSelection(reads: reads).serialized(self) }
}
