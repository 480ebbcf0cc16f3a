import JSONSchema

extension Draft {
    /// Makes a block and all that is in it, with ids and stamps.
    ///
    /// - Parameters:
    ///   - new: what to make.
    ///   - level: 0 for the outermost.
    ///   - tokens: where it is in the command.
    ///   - old: blocks being replaced, whose ids are free; a block of the same id keeps its comments and `created*`.
    /// - Returns: the block.
    /// - Throws: that an id is in use, an annotation outside the text, or a limit exceeded.
    mutating func make(
        _ new: NewBlock,
        level: Int,
        at tokens: [String],
        replacing old: [BlockID: Block] = [:]
    ) throws(CommandError) -> Block {
        let depth = Block.depth(onLevel: level)
        try check(depth: depth + 1, at: tokens)
        try check(new.type, at: tokens + ["type"])
        try check(new.text, at: tokens + ["text"])
        if !new.properties.isEmpty { try check(new.properties, depth: depth, at: tokens + ["properties"]) }
        if let id = new.id { try claim(block: id, at: tokens + ["id"]) }
        let previous = new.id.flatMap { old[$0] }
        let annotations = try make(new.annotations, of: new, level: level, at: tokens, previous: previous)
        if let record = new.record {
            for comment in record.comments { try claim(comment: comment.id, at: tokens + ["comments"]) }
        } else if let previous, !previous.comments.isEmpty {
            for comment in previous.comments { try claim(comment: comment.id, at: tokens + ["comments"]) }
        }
        var children: [Block] = []
        children.reserveCapacity(new.children.count)
        for (index, child) in new.children.enumerated() {
            children.append(
                try make(child, level: level + 1, at: tokens + ["children", String(index)], replacing: old)
            )
        }
        var block = Block(
            id: new.id ?? context.ids.next(),
            type: new.type,
            text: new.text,
            properties: new.properties,
            children: children,
            annotations: annotations,
            comments: new.record?.comments ?? previous?.comments ?? [],
            stamps: new.record?.stamps ?? Stamps(stamp)
        )
        if new.record == nil, let previous {
            block.stamps.created = previous.stamps.created
            if block.hasSameContent(as: previous) { block.stamps = previous.stamps }
        }
        return block
    }

    private mutating func make(
        _ annotations: [NewBlock.NewAnnotation],
        of new: NewBlock,
        level: Int,
        at tokens: [String],
        previous: Block?
    ) throws(CommandError) -> [Annotation] {
        guard !annotations.isEmpty else { return [] }
        let count = new.text.scalarCount
        var made: [Annotation] = []
        for (index, annotation) in annotations.enumerated() {
            let tokens = tokens + ["annotations", String(index)]
            guard annotation.start < annotation.end, annotation.end <= count else {
                throw error(
                    .invalid,
                    at: tokens + ["end"],
                    rule: "range",
                    "an annotation must cover some of the text, counted in code points",
                    limit: JSON(count),
                    actual: JSON(annotation.end)
                )
            }
            try check(annotation.name, at: tokens + ["name"])
            try check(annotation.value, depth: Block.depth(onLevel: level) + 2, at: tokens + ["value"])
            // One that is as it was stays the one it was.
            let same = previous?.annotations.first { old in
                old.start == annotation.start && old.end == annotation.end && old.value == annotation.value
                    && old.name.hasSameScalars(as: annotation.name) && !made.contains { $0.id == old.id }
            }
            let id = annotation.id ?? same?.id
            if let id { try claim(annotation: id, at: tokens + ["id"]) }
            made.append(
                Annotation(
                    id: id ?? context.ids.next(),
                    name: annotation.name,
                    value: annotation.value,
                    start: annotation.start,
                    end: annotation.end
                )
            )
        }
        return made
    }

    /// The indices to a place, the block around it, and its index there.
    func resolve(_ place: Place) throws(CommandError) -> (path: [Int], parent: BlockID?) {
        switch place {
        case .parent(let parent, let index):
            var path: [Int] = []
            if let parent { path = try self.path(to: parent, at: ["parent"]) }
            let count = document.childCount(at: path)
            guard index ?? count <= count else {
                throw error(
                    .doesNotApply,
                    at: ["index"],
                    rule: "range",
                    "there are not so many blocks in this place",
                    limit: JSON(count),
                    actual: index.map { JSON($0) }
                )
            }
            return (path + [index ?? count], parent)
        case .after(let id), .before(let id):
            let isAfter = place == .after(id)
            var path = try self.path(to: id, at: [isAfter ? "after" : "before"])
            if isAfter { path[path.count - 1] += 1 }
            return (path, document.ancestors(of: path).last)
        }
    }

    /// Puts a block into the document and keeps count.
    mutating func insert(_ block: Block, at path: [Int]) {
        let hasSiblings = document.childCount(at: path.dropLast()) > 0
        document.insertBlock(block, at: path)
        size += DocumentSize(block)
        if hasSiblings { size.bytes += 1 }
    }

    /// Takes a block out of the document and keeps count.
    mutating func remove(_ block: Block, at path: [Int]) {
        document.removeBlock(at: path)
        size -= DocumentSize(block)
        if document.childCount(at: path.dropLast()) > 0 { size.bytes -= 1 }
    }
}

extension Document {
    fileprivate func childCount(at path: ArraySlice<Int>) -> Int { childCount(at: Array(path)) }
}

extension NewBlock {
    /// The block as the protocol describes it, with its ids.
    init(describing block: Block) {
        self.init(
            id: block.id,
            type: block.type,
            text: block.text,
            properties: block.properties,
            children: block.children.map(NewBlock.init(describing:)),
            annotations: block.annotations.map {
                NewAnnotation(id: $0.id, name: $0.name, value: $0.value, start: $0.start, end: $0.end)
            }
        )
    }
}
