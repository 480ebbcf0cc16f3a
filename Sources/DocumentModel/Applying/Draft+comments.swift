import JSONSchema

extension Draft {
    /// The comments on a block, or on the document if the path is empty.
    func comments(at path: [Int]) -> [Comment] {
        path.isEmpty ? document.comments : document.block(at: path).comments
    }

    /// Changes the comments on a block, or on the document if the path is empty, and keeps count.
    mutating func changeComments(at path: [Int], _ body: (inout [Comment]) -> Void) {
        guard !path.isEmpty else {
            changeDocument { body(&$0.comments) }
            return
        }
        var block = document.block(at: path)
        size.bytes -= block.ownByteCount
        body(&block.comments)
        size.bytes += block.ownByteCount
        document.replaceBlock(at: path, with: block)
    }

    /// Where a comment is: the way to its block, empty for the document, and its place there.
    func find(_ id: CommentID) throws(CommandError) -> (path: [Int], index: Int) {
        if let index = document.comments.firstIndex(where: { $0.id == id }) { return ([], index) }
        var path: [Int] = []
        if let index = Self.search(document.blocks, for: id, &path) { return (path, index) }
        throw error(
            .doesNotApply,
            at: ["comment"],
            rule: "no-comment",
            "the document has no comment of this id",
            actual: .string(id.description)
        )
    }

    private static func search(_ blocks: [Block], for id: CommentID, _ path: inout [Int]) -> Int? {
        for (position, block) in blocks.enumerated() {
            path.append(position)
            if let index = block.comments.firstIndex(where: { $0.id == id }) { return index }
            if let index = search(block.children, for: id, &path) { return index }
            path.removeLast()
        }
        return nil
    }
}

extension Document {
    /// The ids of the blocks that the indices lead through, outermost first.
    func blockIDs(along path: [Int]) -> [BlockID] {
        path.isEmpty ? [] : ancestors(of: path) + [block(at: path).id]
    }
}
