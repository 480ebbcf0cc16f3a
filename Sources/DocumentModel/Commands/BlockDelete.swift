import JSONSchema

extension Command {
    /// Deletes blocks with all that is in them.
    ///
    /// JSON: `{"op": "block.delete", "target": Target}`; scope `blocks:write`. `expect.text` is the text of the block.
    ///
    /// Sendable; a plain value.
    public struct BlockDelete: CommandBody {
        static let memberNames = ["target"]

        /// The block or blocks.
        public var target: Target

        /// Makes the parameters.
        ///
        /// - Parameter target: the block or blocks.
        public init(target: Target) { self.target = target }

        init(_ reader: MemberReader) throws(ShapeError) { target = try reader.nested("target", Target.init(json:)) }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            for id in try draft.blocks(target) {
                // One that was inside another that matched is gone with it.
                if case .find = target, draft.document.path(of: id) == nil { continue }
                let path = try draft.path(to: id)
                let block = draft.document.block(at: path)
                try draft.checkExpected(text: block.text)
                let within = draft.document.ancestors(of: path)
                draft.remove(block, at: path)
                draft.updateIdentifiers { $0.remove(block) }
                var effects: [Mutation.Effect] = []
                block.visit { effects.append(.blockDeleted($0.id)) }
                let place = Place.parent(within.last, index: path[path.count - 1])
                draft.record(
                    .blockDelete(BlockDelete(target: .block(id))),
                    pointer: Document.pointerTokens(path),
                    before: block.json,
                    after: nil,
                    inverse: [Command(.blockInsert(BlockInsert(block: NewBlock(restoring: block), place: place)))],
                    effects: effects,
                    within: within
                )
            }
        }
    }
}
