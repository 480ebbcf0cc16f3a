import JSONSchema

extension Command {
    /// Labels the document; that it is labelled so already changes nothing.
    ///
    /// JSON: `{"op": "tag.add", "tag": string}`, not empty; scope `tags:write`.
    ///
    /// Sendable; a plain value.
    public struct TagAdd: CommandBody {
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
            try draft.check(tag, at: ["tag"])
            guard !draft.document.tags.contains(where: { $0.hasSameScalars(as: tag) }) else { return }
            let count = draft.document.tags.count
            let index = min(draft.command.restore?.index ?? count, count)
            draft.changeDocument { $0.tags.insert(tag, at: index) }
            draft.record(
                .tagAdd(self),
                restore: draft.command.restore,
                pointer: ["tags", String(index)],
                before: nil,
                after: .string(tag),
                inverse: [Command(.tagRemove(TagRemove(tag: tag)))]
            )
        }
    }
}
