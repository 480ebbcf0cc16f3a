import JSONSchema

extension Command {
    /// Takes a comment away: what takes `comment.add` back, and nothing that can be sent.
    ///
    /// JSON: `{"op": "comment.remove", "comment": "com_…"}`, only in stored mutations.
    ///
    /// Sendable; a plain value.
    public struct CommentRemove: CommandBody {
        static let memberNames = ["comment"]

        /// The comment.
        public var comment: CommentID

        init(comment: CommentID) { self.comment = comment }

        init(_ reader: MemberReader) throws(ShapeError) { comment = try reader.identifier("comment") }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("comment")
            writer.string(comment)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            let (path, index) = try draft.find(comment)
            let old = draft.comments(at: path)[index]
            draft.changeComments(at: path) { $0.remove(at: index) }
            draft.updateIdentifiers { $0.comments.remove(comment) }
            let block = draft.document.blockIDs(along: path).last
            draft.record(
                .commentRemove(self),
                pointer: Document.pointerTokens(path, ["comments", String(index)]),
                before: old.json,
                after: nil,
                inverse: [
                    Command(
                        .commentAdd(CommentAdd(text: old.text, target: block.map { .block($0) }, id: old.id)),
                        restore: Restoration(index: index, comment: old)
                    )
                ],
                within: draft.document.blockIDs(along: path)
            )
        }
    }
}
