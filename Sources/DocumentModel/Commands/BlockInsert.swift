import JSONSchema

extension Command {
    /// Puts a new block, with all that is in it, into the document.
    ///
    /// JSON: `{"op": "block.insert", "block": NewBlock, "parent"?: "blk_…"|null, "index"?: integer, "after"?: "blk_…",
    /// "before"?: "blk_…"}` with at most one of `parent`, `after` and `before`; without them, it goes to the document's end;
    /// scope `blocks:write`.
    ///
    /// Sendable; a plain value.
    public struct BlockInsert: CommandBody {
        static let memberNames = ["block"] + Place.memberNames

        /// The block.
        public var block: NewBlock
        /// Where it goes.
        public var place: Place

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - block: with all that is in it.
        ///   - place: where it goes.
        public init(block: NewBlock, place: Place = .end) {
            self.block = block
            self.place = place
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            let isTrusted = reader.isTrusted
            block = try reader.nested("block") { json throws(ShapeError) in
                try NewBlock(json: json, isTrusted: isTrusted)
            }
            place = try Place.optional(reader) ?? .end
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("block")
            block.write(into: &writer)
            place.writeMembers(into: &writer)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(text: true, value: true)
            let (path, parent) = try draft.resolve(place)
            let made = try draft.make(block, level: path.count - 1, at: ["block"])
            draft.insert(made, at: path)
            draft.updateIdentifiers { $0.insert(made) }
            var effects: [Mutation.Effect] = []
            made.visit { effects.append(.blockCreated($0.id)) }
            let described = block.record == nil ? NewBlock(describing: made) : block
            draft.record(
                .blockInsert(BlockInsert(block: described, place: .parent(parent, index: path[path.count - 1]))),
                pointer: Document.pointerTokens(path),
                before: nil,
                after: made.json,
                inverse: [Command(.blockDelete(BlockDelete(target: .block(made.id))))],
                effects: effects,
                within: draft.document.ancestors(of: path)
            )
        }
    }
}
