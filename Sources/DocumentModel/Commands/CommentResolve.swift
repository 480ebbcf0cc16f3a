import JSONSchema

extension Command {
    /// Settles a comment; that it is settled already changes nothing.
    ///
    /// JSON: `{"op": "comment.resolve", "comment": "com_…"}`; scope `comments:write`. `expect.text` is the comment's text.
    ///
    /// Sendable; a plain value.
    public struct CommentResolve: CommandBody {
        static let memberNames = ["comment"]

        /// The comment.
        public var comment: CommentID

        /// Makes the parameters.
        ///
        /// - Parameter comment: the comment.
        public init(comment: CommentID) { self.comment = comment }

        init(_ reader: MemberReader) throws(ShapeError) { comment = try reader.identifier("comment") }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("comment")
            writer.string(comment)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            let (path, index) = try draft.find(comment)
            let old = draft.comments(at: path)[index]
            try draft.checkExpected(text: old.text)
            var new = old
            if let restored = draft.command.restore?.comment {
                new = restored
            } else if !old.isResolved {
                new.resolution = draft.stamp
            }
            guard new != old else { return }
            draft.changeComments(at: path) { $0[index] = new }
            draft.record(
                .commentResolve(self),
                restore: draft.command.restore,
                pointer: Document.pointerTokens(path, ["comments", String(index)]),
                before: old.json,
                after: new.json,
                inverse: [Command(.commentResolve(self), restore: Restoration(comment: old))],
                within: draft.document.blockIDs(along: path)
            )
        }
    }
}
