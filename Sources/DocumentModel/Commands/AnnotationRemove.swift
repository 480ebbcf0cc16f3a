import JSONSchema

extension Command {
    /// Takes annotations off a block.
    ///
    /// JSON: `{"op": "annotation.remove", "target": Target, "id": "ann_…"}`, or `"name": string` in place of `id` with an
    /// optional range, `"start": integer, "end": integer` or `"find": string, "occurrence"?: integer`: all annotations of
    /// that name, or those that lie within the range; scope `annotations:write`.
    ///
    /// That there is none of the name changes nothing; that there is none of the `id` is an error. `expect.text` is the
    /// text of the range, else of the block; `expect.value` the value of the first annotation taken off.
    ///
    /// Sendable; a plain value.
    public struct AnnotationRemove: CommandBody {
        /// Which annotations of the block are meant.
        ///
        /// Sendable; a plain value.
        public enum Selection: Sendable, Hashable {
            /// The one of this id.
            case id(AnnotationID)
            /// All of this name, or those that lie within a range.
            case name(String, range: TextRange? = nil)
        }

        static let memberNames = ["target", "id", "name"] + TextRange.memberNames

        /// The block or blocks.
        public var target: Target
        /// Which annotations of the block are meant.
        public var selection: Selection

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - target: the block or blocks.
        ///   - selection: which annotations of the block are meant.
        public init(target: Target, selection: Selection) {
            self.target = target
            self.selection = selection
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            target = try reader.nested("target", Target.init(json:))
            if let id: AnnotationID = try reader.optionalIdentifier("id") {
                for key in ["name"] + TextRange.memberNames where reader.has(key) {
                    throw ShapeError("one-of", at: [key], "annotations are chosen either by id or by name and range")
                }
                selection = .id(id)
            } else {
                selection = .name(try reader.name("name"), range: try TextRange.optional(reader))
            }
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
            switch selection {
            case .id(let id):
                writer.key("id")
                writer.string(id)
            case .name(let name, let range):
                writer.key("name")
                writer.string(name)
                range?.writeMembers(into: &writer)
            }
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.changeContent(of: target) { (draft, block, _) throws(CommandError) in
                var resolved = selection
                let isMeant: (Annotation) -> Bool
                switch selection {
                case .id(let id):
                    isMeant = { $0.id == id }
                    try draft.checkExpected(text: block.text)
                case .name(let name, let range):
                    var covered = 0..<Int.max
                    if let range {
                        let (scalars, utf8) = try draft.resolve(range, in: block.text)
                        covered = scalars
                        resolved = .name(name, range: .positions(scalars.lowerBound, scalars.upperBound))
                        try draft.checkExpected(text: block.text.slice(utf8: utf8))
                    } else {
                        try draft.checkExpected(text: block.text)
                    }
                    isMeant = {
                        $0.name.hasSameScalars(as: name) && $0.start >= covered.lowerBound
                            && $0.end <= covered.upperBound
                    }
                }
                let removed = block.annotations.filter(isMeant)
                try draft.checkExpected(value: removed.first?.value)
                guard !removed.isEmpty else {
                    guard case .id(let id) = selection else { return nil }
                    throw draft.error(
                        .doesNotApply,
                        at: ["id"],
                        rule: "no-annotation",
                        "the block has no annotation of this id",
                        actual: .string(id.description)
                    )
                }
                block.annotations.removeAll(where: isMeant)
                return ContentEdit(
                    resolved: .annotationRemove(AnnotationRemove(target: .block(block.id), selection: resolved)),
                    pointer: ["annotations"],
                    before: .array(removed.map(\.json)),
                    after: .array([])
                )
            }
        }
    }
}
