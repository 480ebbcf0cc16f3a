import JSONSchema

extension Command {
    /// Deletes the document; nothing may follow it in a list.
    ///
    /// JSON: `{"op": "document.delete"}`; scope `documents:delete`.
    ///
    /// Sendable; a plain value.
    public struct DocumentDelete: CommandBody {
        static let memberNames: [String] = []

        /// Makes the parameters; there are none.
        public init() {}

        init(_ reader: MemberReader) throws(ShapeError) {}

        func writeMembers(into writer: inout JSONWriter) {}

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(text: true, value: true)
            let document = draft.document
            var ids: [BlockID] = []
            for block in document.blocks { block.visit { ids.append($0.id) } }
            draft.isDeleted = true
            draft.record(
                .documentDelete(self),
                pointer: [],
                before: ["type": .string(document.type), "title": .string(document.title)],
                after: nil,
                inverse: [
                    Command(
                        .documentCreate(DocumentCreate(restoring: document)),
                        restore: Restoration(document: document)
                    )
                ],
                effects: ids.map { .blockDeleted($0) }
            )
        }
    }
}
