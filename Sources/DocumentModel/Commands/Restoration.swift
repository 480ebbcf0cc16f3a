import JSONSchema

/// What an inverse says beyond the protocol's parameters, so that it restores the very bytes that were there.
///
/// JSON, as the member `restore` of a command in a stored mutation; refused in commands from outside:
/// `{"stamp"?: {"from": Stamp, "to": Stamp}, "annotations"?: [Annotation], "without"?: ["ann_…"], "nulls"?: [string],
/// "index"?: integer, "insert"?: true, "comment"?: Comment, "document"?: Document, "exact"?: true}`.
///
/// Sendable; immutable. A class, so that commands without one stay small.
final class Restoration: Sendable, Hashable {
    /// Who changed a block last, before and after the change that is undone.
    struct StampChange: Sendable, Hashable {
        /// What the undone change left.
        ///
        /// The block's stamp is only set back while it is still this one: otherwise someone changed the block later, and the
        /// undo is a change of its own.
        var from: Stamp
        /// What was there before.
        var to: Stamp
    }

    let stamp: StampChange?
    /// Annotations of the target to be put back as they were.
    let annotations: [Annotation]
    /// Annotations of the target to be taken away.
    let without: [AnnotationID]
    /// `block.update`: properties to be set to `null`, which a merge cannot say.
    let nulls: [String]
    /// `tag.add`, `participant.add`, `comment.add`: the place in the list.
    let index: Int?
    /// `property.set`: insert into the array instead of replacing the element.
    let isInsertion: Bool
    /// `comment.add`, `comment.resolve`: the comment as it was.
    let comment: Comment?
    /// `document.create`: the document as it was.
    let document: Document?
    /// `document.patch`: the values are whole, read-only members included.
    let isExact: Bool

    init(
        stamp: StampChange? = nil,
        annotations: [Annotation] = [],
        without: [AnnotationID] = [],
        nulls: [String] = [],
        index: Int? = nil,
        isInsertion: Bool = false,
        comment: Comment? = nil,
        document: Document? = nil,
        isExact: Bool = false
    ) {
        self.stamp = stamp
        self.annotations = annotations
        self.without = without
        self.nulls = nulls
        self.index = index
        self.isInsertion = isInsertion
        self.comment = comment
        self.document = document
        self.isExact = isExact
    }

    convenience init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(
            json,
            known: ["stamp", "annotations", "without", "nulls", "index", "insert", "comment", "document", "exact"]
        )
        self.init(
            stamp: try reader.optional("stamp") { json throws(ShapeError) in
                let reader = try MemberReader(json, known: ["from", "to"])
                return StampChange(
                    from: try reader.nested("from", Stamp.init(json:)),
                    to: try reader.nested("to", Stamp.init(json:))
                )
            },
            annotations: try reader.list("annotations", Annotation.init(json:)),
            without: try reader.list("without") { json throws(ShapeError) in
                guard let text = json.stringValue, let id = AnnotationID(parsing: text) else {
                    throw ShapeError("identifier", "this must be the id of an annotation")
                }
                return id
            },
            nulls: try reader.list("nulls") { json throws(ShapeError) in
                guard let text = json.stringValue else { throw ShapeError("type", "this must be a string") }
                return text
            },
            index: try reader.optionalInteger("index", minimum: 0),
            isInsertion: reader.has("insert"),
            comment: try reader.optional("comment", Comment.init(json:)),
            document: try reader.optional("document", Document.init(json:)),
            isExact: reader.has("exact")
        )
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        if let stamp {
            writer.key("stamp")
            writer.beginObject()
            writer.key("from")
            stamp.from.write(into: &writer)
            writer.key("to")
            stamp.to.write(into: &writer)
            writer.endObject()
        }
        if !annotations.isEmpty {
            writer.key("annotations")
            writer.beginArray()
            for annotation in annotations { annotation.write(into: &writer) }
            writer.endArray()
        }
        if !without.isEmpty {
            writer.key("without")
            writer.beginArray()
            for id in without { writer.string(id) }
            writer.endArray()
        }
        if !nulls.isEmpty {
            writer.key("nulls")
            writer.beginArray()
            for name in nulls { writer.string(name) }
            writer.endArray()
        }
        if let index {
            writer.key("index")
            writer.int(index)
        }
        if isInsertion {
            writer.key("insert")
            writer.bool(true)
        }
        if let comment {
            writer.key("comment")
            comment.write(into: &writer)
        }
        if let document {
            writer.key("document")
            document.write(into: &writer)
        }
        if isExact {
            writer.key("exact")
            writer.bool(true)
        }
        writer.endObject()
    }

    static func == (left: Restoration, right: Restoration) -> Bool {
        left === right
            || left.stamp == right.stamp && left.annotations == right.annotations && left.without == right.without
                && left.nulls.elementsEqual(right.nulls) { $0.hasSameScalars(as: $1) } && left.index == right.index
                && left.isInsertion == right.isInsertion && left.comment == right.comment
                && left.document == right.document && left.isExact == right.isExact
    }

    func hash(into hasher: inout Hasher) { hasher.combine(stamp) }
}
