import JSONSchema

extension Command {
    /// Moves a block, with all that is in it, to another place.
    ///
    /// JSON: `{"op": "block.move", "target": Target, "parent"|"after"|"before": …, "index"?: integer}` as for
    /// ``BlockInsert``, but one of them is required; `index` does not count the block itself; a `find` has the limit 1; scope
    /// `blocks:write`. `expect.text` is the text of the block.
    ///
    /// Sendable; a plain value.
    public struct BlockMove: CommandBody {
        static let memberNames = ["target"] + Place.memberNames

        /// The block.
        public var target: Target
        /// Where it goes.
        public var place: Place

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - target: the block.
        ///   - place: where it goes; an index does not count the block itself.
        public init(target: Target, place: Place) {
            self.target = target
            self.place = place
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            target = try reader.nested("target", Target.single(json:))
            guard let place = try Place.optional(reader) else {
                throw ShapeError("required", at: ["parent"], "one of parent, after and before is missing")
            }
            self.place = place
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
            place.writeMembers(into: &writer)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            for id in try draft.blocks(target, isSingle: true) {
                let from = try draft.path(to: id)
                let block = draft.document.block(at: from)
                try draft.checkExpected(text: block.text)
                try refuseItself(block, draft)
                let oldParent = draft.document.ancestors(of: from).last
                draft.remove(block, at: from)
                let (path, parent) = try draft.resolve(place)
                try draft.check(depth: Block.depth(onLevel: path.count - 1) - 1 + block.jsonDepth, at: ["target"])
                draft.insert(block, at: path)
                guard path != from || parent != oldParent else { continue }
                draft.record(
                    .blockMove(BlockMove(target: .block(id), place: .parent(parent, index: path[path.count - 1]))),
                    pointer: Document.pointerTokens(path),
                    before: .string(JSONPointer(tokens: Document.pointerTokens(from)).description),
                    after: .string(JSONPointer(tokens: Document.pointerTokens(path)).description),
                    inverse: [
                        Command(
                            .blockMove(
                                BlockMove(target: .block(id), place: .parent(oldParent, index: from[from.count - 1]))
                            )
                        )
                    ],
                    effects: [.blockChanged(id)],
                    within: draft.document.ancestors(of: path)
                )
            }
        }

        /// Refuses a place inside the block or beside itself.
        private func refuseItself(_ block: Block, _ draft: Draft) throws(CommandError) {
            let (anchor, member): (BlockID?, String) =
                switch place {
                case .parent(let id, _): (id, "parent")
                case .after(let id): (id, "after")
                case .before(let id): (id, "before")
                }
            var isInside = false
            if let anchor { block.visit { isInside = isInside || $0.id == anchor } }
            guard isInside else { return }
            throw draft.error(
                .doesNotApply,
                at: [member],
                rule: "inside-itself",
                "a block cannot be moved beside or into itself"
            )
        }
    }
}
