import JSONSchema

/// Reads what a patch made of a document, and sees to it that only the host writes what only the host may.
struct PatchedReader {
    private let old: Document
    private let stamp: Stamp
    private let ids: IdentifierSource
    /// Whether the values are whole, as in an inverse.
    private let isExact: Bool
    /// What the patch could see, by id.
    private var oldBlocks: [BlockID: Block] = [:]
    private var oldComments: [CommentID: Comment] = [:]
    /// The ids of what comes out.
    private var used = UsedIdentifiers()

    init(old: Document, stamp: Stamp, ids: IdentifierSource, isExact: Bool) {
        self.old = old
        self.stamp = stamp
        self.ids = ids
        self.isExact = isExact
    }

    /// Reads the document; what the patch did not follow stays.
    mutating func read(_ view: PatchView) throws(ShapeError) -> Document {
        let reader = try MemberReader(view.json, known: Document.memberNames)
        var new = old
        for (name, value) in [
            ("id", JSON.string(old.id.description)), ("type", .string(old.type)), ("revision", JSON(old.revision)),
            ("createdBy", old.createdBy.json), ("createdAt", .string(old.createdAt.description)),
            ("updatedBy", old.updatedBy.json), ("updatedAt", .string(old.updatedAt.description)),
        ] where view.isFollowed(name) {
            try keep(reader, name, value, isRequired: true)
        }
        if view.isFollowed("title") { new.title = try reader.string("title") }
        if view.isFollowed("properties") { new.properties = try reader.optionalObject("properties") ?? JSONObject() }
        if view.isFollowed("tags") {
            new.tags = try reader.list("tags", Document.tag(json:))
            if let index = new.tags.firstDuplicate(where: { $0.hasSameScalars(as: $1) }) {
                throw ShapeError("unique-items", at: ["tags", String(index)], "this tag is there already")
            }
        }
        if view.isFollowed("participants") {
            new.participants = try reader.list("participants", Participant.init(json:))
            if let index = new.participants.firstDuplicate(where: { $0.isSame(as: $1) }) {
                throw ShapeError(
                    "unique-items",
                    at: ["participants", String(index)],
                    "this participant is there already"
                )
            }
        }
        for comment in old.comments { oldComments[comment.id] = comment }
        let blocks = view.isFollowed("blocks") ? try reader.optionalArray("blocks") ?? [] : nil
        if let blocks { gather(blocks, isSparse: view.isSparse) }
        if let blocks { new.blocks = try read(blocks, isSparse: view.isSparse) }
        if view.isFollowed("comments") { new.comments = try comments(reader) }
        return new
    }

    /// Remembers the blocks that the patch could see, and the ids of those it could not.
    private mutating func gather(_ elements: [JSON], isSparse: Bool) {
        for (index, block) in old.blocks.enumerated() {
            if isSparse, index < elements.count, elements[index].isNull {
                used.insert(block)
            } else {
                block.visit { block in
                    oldBlocks[block.id] = block
                    for comment in block.comments { oldComments[comment.id] = comment }
                }
            }
        }
    }

    private mutating func read(_ elements: [JSON], isSparse: Bool) throws(ShapeError) -> [Block] {
        var blocks: [Block] = []
        blocks.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            if isSparse, element.isNull {
                blocks.append(old.blocks[index])
            } else {
                do { blocks.append(try block(element)) } catch { throw error.inside("blocks", String(index)) }
            }
        }
        return blocks
    }

    private mutating func block(_ json: JSON) throws(ShapeError) -> Block {
        let reader = try MemberReader(json, known: Block.memberNames)
        let id: BlockID? = try reader.optionalIdentifier("id")
        let earlier = id.flatMap { oldBlocks[$0] }
        if let id { try claim(used.blocks.insert(id).inserted, "id") }
        let type = try reader.name("type")
        if !isExact {
            if let earlier { try keep(reader, "type", .string(earlier.type)) }
            try keep(reader, earlier?.stamps)
        }
        let text = try reader.optionalString("text") ?? ""
        let annotations = try annotations(reader, length: text.scalarCount)
        var children: [Block] = []
        for (index, child) in (try reader.optionalArray("children") ?? []).enumerated() {
            do { children.append(try block(child)) } catch { throw error.inside("children", String(index)) }
        }
        var block = Block(
            id: id ?? ids.next(),
            type: type,
            text: text,
            properties: try reader.optionalObject("properties") ?? JSONObject(),
            children: children,
            annotations: annotations,
            comments: try comments(reader),
            stamps: isExact ? try Stamps(reader) : earlier?.stamps ?? Stamps(stamp)
        )
        guard let earlier else { return block }
        if !isExact, !block.hasSameContent(as: earlier) { block.stamps.updated = stamp }
        return block == earlier ? earlier : block
    }

    private mutating func annotations(_ reader: MemberReader, length: Int) throws(ShapeError) -> [Annotation] {
        var annotations: [Annotation] = []
        for (index, json) in (try reader.optionalArray("annotations") ?? []).enumerated() {
            do throws(ShapeError) {
                let new = try NewBlock.NewAnnotation(json: json)
                guard new.end <= length else {
                    throw ShapeError(
                        "range",
                        at: ["end"],
                        "an annotation ends after the text does",
                        limit: JSON(length),
                        actual: JSON(new.end),
                        hint: "patch the annotations as well, or use text.replace, which moves them"
                    )
                }
                if let id = new.id { try claim(used.annotations.insert(id).inserted, "id") }
                annotations.append(
                    Annotation(
                        id: new.id ?? ids.next(),
                        name: new.name,
                        value: new.value,
                        start: new.start,
                        end: new.end
                    )
                )
            } catch { throw error.inside("annotations", String(index)) }
        }
        return annotations
    }

    private mutating func comments(_ reader: MemberReader) throws(ShapeError) -> [Comment] {
        var comments: [Comment] = []
        for (index, json) in (try reader.optionalArray("comments") ?? []).enumerated() {
            do { comments.append(try comment(json)) } catch { throw error.inside("comments", String(index)) }
        }
        return comments
    }

    private mutating func comment(_ json: JSON) throws(ShapeError) -> Comment {
        guard !isExact else {
            let comment = try Comment(json: json)
            try claim(used.comments.insert(comment.id).inserted, "id")
            return comment
        }
        let reader = try MemberReader(json, known: Comment.memberNames)
        let id: CommentID? = try reader.optionalIdentifier("id")
        if let id { try claim(used.comments.insert(id).inserted, "id") }
        let earlier = id.flatMap { oldComments[$0] }
        try keep(reader, "createdBy", earlier?.createdBy.json)
        try keep(reader, "createdAt", earlier.map { .string($0.createdAt.description) })
        try keep(reader, "resolvedBy", earlier?.resolvedBy?.json)
        try keep(reader, "resolvedAt", (earlier?.resolvedAt).map { .string($0.description) })
        let isResolved = reader.has("resolved") ? try reader.boolean("resolved") : false
        return Comment(
            id: id ?? ids.next(),
            text: try reader.name("text"),
            created: earlier.map { Stamp(by: $0.createdBy, at: $0.createdAt) } ?? stamp,
            resolution: isResolved ? earlier?.resolution ?? stamp : nil
        )
    }

    private func claim(_ isFree: Bool, _ name: String) throws(ShapeError) {
        guard !isFree else { return }
        throw ShapeError("unused-id", at: [name], "the document has something of this id already")
    }

    /// Refuses a member that is there but not what it was.
    private func keep(
        _ reader: MemberReader,
        _ name: String,
        _ value: JSON?,
        isRequired: Bool = false
    ) throws(ShapeError) {
        let found = reader.optional(name)
        guard found != value, found != nil || isRequired else { return }
        throw ShapeError("read-only", at: [name], "only the host writes \(name)", limit: value)
    }

    private func keep(_ reader: MemberReader, _ stamps: Stamps?) throws(ShapeError) {
        try keep(reader, "createdBy", stamps?.created.by.json)
        try keep(reader, "createdAt", (stamps?.created.at).map { .string($0.description) })
        try keep(reader, "updatedBy", stamps?.updated.by.json)
        try keep(reader, "updatedAt", (stamps?.updated.at).map { .string($0.description) })
    }
}
