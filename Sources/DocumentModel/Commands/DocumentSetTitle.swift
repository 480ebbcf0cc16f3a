import JSONSchema

extension Command {
    /// Gives the document another title.
    ///
    /// JSON: `{"op": "document.setTitle", "title": string}`; scope `documents:write`. `expect.text` is the title it has.
    ///
    /// Sendable; a plain value.
    public struct DocumentSetTitle: CommandBody {
        static let memberNames = ["title"]

        /// The new title; may be empty.
        public var title: String

        /// Makes the parameters.
        ///
        /// - Parameter title: may be empty.
        public init(title: String) { self.title = title }

        init(_ reader: MemberReader) throws(ShapeError) { title = try reader.string("title") }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("title")
            writer.string(title)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            try draft.check(title, at: ["title"])
            let old = draft.document.title
            try draft.checkExpected(text: old)
            guard !title.hasSameScalars(as: old) else { return }
            draft.changeDocument { $0.title = title }
            draft.record(
                .documentSetTitle(self),
                pointer: ["title"],
                before: .string(old),
                after: .string(title),
                inverse: [Command(.documentSetTitle(DocumentSetTitle(title: old)))]
            )
        }
    }
}
