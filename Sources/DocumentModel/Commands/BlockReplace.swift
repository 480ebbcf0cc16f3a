import JSONSchema

extension Command {
    /// Puts a new block, with all that is in it, in the place of another.
    ///
    /// JSON: `{"op": "block.replace", "target": Target, "block": NewBlock}`; a `find` has the limit 1; scope
    /// `blocks:write`. `expect.text` is the text of the block.
    ///
    /// The block keeps its id (the new one's is absent or the same), its place, its comments and `created*`. So does each
    /// block inside the new one whose id one inside the old one has.
    ///
    /// Sendable; a plain value.
    public struct BlockReplace: CommandBody {
        static let memberNames = ["target", "block"]

        /// The block that is replaced.
        public var target: Target
        /// What it becomes.
        public var block: NewBlock

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - target: the block that is replaced.
        ///   - block: what it becomes.
        public init(target: Target, block: NewBlock) {
            self.target = target
            self.block = block
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            target = try reader.nested("target", Target.single(json:))
            let isTrusted = reader.isTrusted
            block = try reader.nested("block") { json throws(ShapeError) in
                try NewBlock(json: json, isTrusted: isTrusted)
            }
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
            writer.key("block")
            block.write(into: &writer)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            for id in try draft.blocks(target, isSingle: true) {
                let path = try draft.path(to: id)
                let old = draft.document.block(at: path)
                try draft.checkExpected(text: old.text)
                guard block.id ?? id == id else {
                    throw draft.error(
                        .invalid,
                        at: ["block", "id"],
                        rule: "same-id",
                        "a block keeps its id when it is replaced",
                        limit: .string(id.description),
                        actual: block.id.map { .string($0.description) },
                        hint: "leave the id out"
                    )
                }
                var oldBlocks: [BlockID: Block] = [:]
                old.visit { oldBlocks[$0.id] = $0 }
                var new = block
                new.id = id
                draft.freeIdentifiers(of: old)
                let made = try draft.make(new, level: path.count - 1, at: ["block"], replacing: oldBlocks)
                draft.updateIdentifiers { $0.insert(made) }
                guard made != old else { continue }
                draft.size -= DocumentSize(old)
                draft.size += DocumentSize(made)
                draft.document.replaceBlock(at: path, with: made)
                let described = block.record == nil ? NewBlock(describing: made) : block
                draft.record(
                    .blockReplace(BlockReplace(target: .block(id), block: described)),
                    pointer: Document.pointerTokens(path),
                    before: old.json,
                    after: made.json,
                    inverse: [
                        Command(.blockReplace(BlockReplace(target: .block(id), block: NewBlock(restoring: old))))
                    ],
                    effects: Mutation.effects(from: [old], to: [made]),
                    within: draft.document.ancestors(of: path)
                )
            }
        }
    }
}

extension Mutation {
    /// What became of blocks when others were put in their place.
    static func effects(from old: [Block], to new: [Block]) -> [Effect] {
        var before: [BlockID: Block] = [:]
        for block in old { block.visit { before[$0.id] = $0 } }
        var effects: [Effect] = []
        for block in new {
            block.visit { block in
                guard let earlier = before.removeValue(forKey: block.id) else {
                    effects.append(.blockCreated(block.id))
                    return
                }
                let isSame =
                    block.hasSameContent(as: earlier) && block.comments == earlier.comments
                    && block.children.map(\.id) == earlier.children.map(\.id)
                if !isSame { effects.append(.blockChanged(block.id)) }
            }
        }
        for block in old {
            block.visit { if before[$0.id] != nil { effects.append(.blockDeleted($0.id)) } }
        }
        return effects
    }
}
