import JSONSchema

extension Command {
    /// Remarks on a block, or on the document as a whole.
    ///
    /// JSON: `{"op": "comment.add", "text": string, "target"?: Target, "id"?: "com_…"}`; the text is not empty; scope
    /// `comments:write`. `expect.text` is the text of the block.
    ///
    /// Sendable; a plain value.
    public struct CommentAdd: CommandBody {
        static let memberNames = ["text", "target", "id"]

        /// What it says; not empty.
        public var text: String
        /// The block or blocks; absent, the document.
        public var target: Target?
        /// An unused id; absent, the host gives one.
        public var id: CommentID?

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - text: not empty.
        ///   - target: the block or blocks; absent, the document.
        ///   - id: an unused id; absent, the host gives one.
        public init(text: String, target: Target? = nil, id: CommentID? = nil) {
            self.text = text
            self.target = target
            self.id = id
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            text = try reader.name("text")
            target = try reader.optional("target", Target.init(json:))
            id = try reader.optionalIdentifier("id")
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("text")
            writer.string(text)
            if let target {
                writer.key("target")
                target.write(into: &writer)
            }
            if let id {
                writer.key("id")
                writer.string(id)
            }
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(text: target == nil, value: true)
            try draft.check(text, at: ["text"])
            guard let target else {
                try add(to: nil, at: [], &draft)
                return
            }
            for block in try draft.blocks(target) {
                let path = try draft.path(to: block)
                try draft.checkExpected(text: draft.document.block(at: path).text)
                try draft.check(depth: Block.depth(onLevel: path.count - 1) + 3, at: ["target"])
                try add(to: block, at: path, &draft)
            }
        }

        private func add(to block: BlockID?, at path: [Int], _ draft: inout Draft) throws(CommandError) {
            if let id { try draft.claim(comment: id, at: ["id"]) }
            let restore = draft.command.restore
            let comment =
                restore?.comment ?? Comment(id: id ?? draft.context.ids.next(), text: text, created: draft.stamp)
            let comments = draft.comments(at: path)
            let index = min(restore?.index ?? comments.count, comments.count)
            draft.changeComments(at: path) { $0.insert(comment, at: index) }
            draft.updateIdentifiers { $0.comments.insert(comment.id) }
            draft.record(
                .commentAdd(CommentAdd(text: text, target: block.map { .block($0) }, id: comment.id)),
                restore: restore,
                pointer: Document.pointerTokens(path, ["comments", String(index)]),
                before: nil,
                after: comment.json,
                inverse: [Command(.commentRemove(CommentRemove(comment: comment.id)))],
                effects: [.commentAdded(comment.id, block: block)],
                within: block.map { draft.document.ancestors(of: path) + [$0] } ?? []
            )
        }
    }
}
