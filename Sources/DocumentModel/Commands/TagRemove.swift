import JSONSchema

extension Command {
    /// Takes a label off the document; that it has none such changes nothing.
    ///
    /// JSON: `{"op": "tag.remove", "tag": string}`, not empty; scope `tags:write`.
    ///
    /// Sendable; a plain value.
    public struct TagRemove: CommandBody {
        static let memberNames = ["tag"]

        /// The label; not empty.
        public var tag: String

        /// Makes the parameters.
        ///
        /// - Parameter tag: not empty.
        public init(tag: String) { self.tag = tag }

        init(_ reader: MemberReader) throws(ShapeError) { tag = try reader.name("tag") }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("tag")
            writer.string(tag)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(text: true, value: true)
            guard let index = draft.document.tags.firstIndex(where: { $0.hasSameScalars(as: tag) }) else { return }
            draft.changeDocument { $0.tags.remove(at: index) }
            draft.record(
                .tagRemove(self),
                pointer: ["tags", String(index)],
                before: .string(tag),
                after: nil,
                inverse: [Command(.tagAdd(TagAdd(tag: tag)), restore: Restoration(index: index))]
            )
        }
    }
}
