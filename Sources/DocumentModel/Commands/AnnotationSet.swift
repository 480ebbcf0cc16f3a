public import JSONSchema

extension Command {
    /// Says something about a part of a block's text.
    ///
    /// JSON: `{"op": "annotation.set", "target": Target, "name": string, "value": any, "start": integer, "end": integer,
    /// "id"?: "ann_…"}` or, in place of `start` and `end`, `"find": string, "occurrence"?: integer`; scope
    /// `annotations:write`. The range must not be empty.
    ///
    /// With the `id` of an annotation of the block, that one is changed; an unused `id` is given to the new one. Without,
    /// the annotation of the same name and range is changed, else a new one made. `expect.text` is the text of the range,
    /// `expect.value` the value of the annotation that is changed, `null` if a new one is made.
    ///
    /// Sendable; a plain value.
    public struct AnnotationSet: CommandBody {
        static let memberNames = ["target", "name", "value", "id"] + TextRange.memberNames

        /// The block or blocks.
        public var target: Target
        /// What kind of annotation it is; not empty.
        public var name: String
        /// What it says.
        public var value: JSON
        /// What it covers.
        public var range: TextRange
        /// An annotation of the block, or an unused id.
        public var id: AnnotationID?

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - target: the block or blocks.
        ///   - name: not empty.
        ///   - value: any JSON.
        ///   - range: what it covers; not empty.
        ///   - id: an annotation of the block, or an unused id.
        public init(target: Target, name: String, value: JSON, range: TextRange, id: AnnotationID? = nil) {
            self.target = target
            self.name = name
            self.value = value
            self.range = range
            self.id = id
        }

        init(restoring annotation: Annotation, on block: BlockID) {
            self.init(
                target: .block(block),
                name: annotation.name,
                value: annotation.value,
                range: .positions(annotation.start, annotation.end),
                id: annotation.id
            )
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            target = try reader.nested("target", Target.init(json:))
            name = try reader.name("name")
            value = try reader.value("value")
            range = try TextRange(reader)
            id = try reader.optionalIdentifier("id")
            if case .positions(let start, let end) = range, start == end {
                throw ShapeError(
                    "minimum",
                    at: ["end"],
                    "end must be more than start",
                    limit: JSON(start + 1),
                    actual: JSON(end)
                )
            }
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
            writer.key("name")
            writer.string(name)
            writer.key("value")
            writer.value(value)
            range.writeMembers(into: &writer)
            if let id {
                writer.key("id")
                writer.string(id)
            }
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.check(name, at: ["name"])
            try draft.changeContent(of: target) { (draft, block, level) throws(CommandError) in
                try draft.check(value, depth: Block.depth(onLevel: level) + 2, at: ["value"])
                let (scalars, utf8) = try draft.resolve(range, in: block.text)
                guard !scalars.isEmpty else {
                    throw draft.error(.invalid, at: ["end"], rule: "minimum", "the range must not be empty")
                }
                try draft.checkExpected(text: block.text.slice(utf8: utf8))
                let existing = block.annotations.firstIndex { annotation in
                    if let id { return annotation.id == id }
                    return annotation.start == scalars.lowerBound && annotation.end == scalars.upperBound
                        && annotation.name.hasSameScalars(as: name)
                }
                let old = existing.map { block.annotations[$0] }
                try draft.checkExpected(value: old?.value)
                if old == nil, let id { try draft.claim(annotation: id, at: ["id"]) }
                let new = Annotation(
                    id: id ?? old?.id ?? draft.context.ids.next(),
                    name: name,
                    value: value,
                    start: scalars.lowerBound,
                    end: scalars.upperBound
                )
                guard new != old else { return nil }
                if let existing { block.annotations[existing] = new } else { block.annotations.append(new) }
                return ContentEdit(
                    resolved: .annotationSet(AnnotationSet(restoring: new, on: block.id)),
                    pointer: ["annotations"],
                    before: old?.json ?? .null,
                    after: new.json
                )
            }
        }
    }
}
