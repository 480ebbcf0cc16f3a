extension Document {
    /// The indices that lead to a block, outermost first, or `nil` if there is none of this id.
    func path(of id: BlockID) -> [Int]? {
        var path: [Int] = []
        return Self.search(blocks, for: id, path: &path) ? path : nil
    }

    private static func search(_ blocks: [Block], for id: BlockID, path: inout [Int]) -> Bool {
        for index in blocks.indices {
            if blocks[index].id == id {
                path.append(index)
                return true
            }
            guard !blocks[index].children.isEmpty else { continue }
            path.append(index)
            if search(blocks[index].children, for: id, path: &path) { return true }
            path.removeLast()
        }
        return false
    }

    /// The block that the indices lead to.
    func block(at path: [Int]) -> Block {
        var block = blocks[path[0]]
        for index in path.dropFirst() { block = block.children[index] }
        return block
    }

    /// The ids of the blocks around the one the indices lead to, outermost first.
    func ancestors(of path: [Int]) -> [BlockID] {
        guard path.count > 1 else { return [] }
        var ids: [BlockID] = []
        var level = blocks
        for index in path.dropLast() {
            ids.append(level[index].id)
            level = level[index].children
        }
        return ids
    }

    /// Puts another block in the place that the indices lead to.
    mutating func replaceBlock(at path: [Int], with block: Block) {
        guard let last = path.last else { return }
        Self.withLevel(&blocks, path.dropLast()) { $0[last] = block }
    }

    /// Inserts a block so that the indices lead to it.
    mutating func insertBlock(_ block: Block, at path: [Int]) {
        guard let last = path.last else { return }
        Self.withLevel(&blocks, path.dropLast()) { $0.insert(block, at: last) }
    }

    /// Removes the block that the indices lead to.
    mutating func removeBlock(at path: [Int]) {
        guard let last = path.last else { return }
        Self.withLevel(&blocks, path.dropLast()) { _ = $0.remove(at: last) }
    }

    private static func withLevel(
        _ level: inout [Block],
        _ path: ArraySlice<Int>,
        _ body: (inout [Block]) -> Void
    ) {
        guard let first = path.first else {
            body(&level)
            return
        }
        withLevel(&level[first].children, path.dropFirst(), body)
    }

    /// How many blocks are on the level whose parent the indices lead to.
    func childCount(at path: [Int]) -> Int { path.isEmpty ? blocks.count : block(at: path).children.count }

    /// The first blocks, in the document's order, that a query means.
    func blocks(matching query: BlockQuery) -> [BlockID] {
        var found: [BlockID] = []
        Self.collect(blocks, query, &found)
        return found
    }

    private static func collect(_ blocks: [Block], _ query: BlockQuery, _ found: inout [BlockID]) {
        for block in blocks {
            guard found.count < query.limit else { return }
            if query.matches(block) { found.append(block.id) }
            if !block.children.isEmpty, found.count < query.limit { collect(block.children, query, &found) }
        }
    }

    /// The pointer to the block that the indices lead to, and on from there.
    static func pointerTokens(_ path: [Int], _ rest: [String] = []) -> [String] {
        var tokens: [String] = []
        tokens.reserveCapacity(path.count * 2 + rest.count)
        for (level, index) in path.enumerated() {
            tokens.append(level == 0 ? "blocks" : "children")
            tokens.append(String(index))
        }
        tokens.append(contentsOf: rest)
        return tokens
    }
}

extension Block {
    /// Calls a function with the block and all blocks inside it, parents first.
    func visit(_ body: (Block) -> Void) {
        body(self)
        for child in children { child.visit(body) }
    }
}
