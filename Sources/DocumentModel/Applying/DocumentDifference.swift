import JSONSchema

/// What a patch changed, as few and small parts that can be put back.
struct DocumentDifference {
    private struct Part {
        var tokens: [String]
        var before: JSON
        var after: JSON
    }

    private var parts: [Part] = []
    /// Puts every part back; the values are whole.
    private(set) var inverse = JSONPatch([])
    private(set) var effects: [Mutation.Effect] = []

    var isEmpty: Bool { parts.isEmpty }

    /// The only part changed, or the whole document.
    var pointer: JSONPointer { parts.count == 1 ? JSONPointer(tokens: parts[0].tokens) : .root }

    /// What was at `pointer`, or what was at each part's pointer.
    var before: JSON { value(\.before) }

    /// What is at `pointer`, or what is at each part's pointer.
    var after: JSON { value(\.after) }

    init(from old: Document, to new: Document) {
        if !old.title.hasSameScalars(as: new.title) { add(["title"], .string(old.title), .string(new.title)) }
        if old.properties != new.properties {
            add(["properties"], .object(old.properties), .object(new.properties))
        }
        if !old.tags.elementsEqual(new.tags, by: { $0.hasSameScalars(as: $1) }) {
            add(["tags"], .array(old.tags.map { .string($0) }), .array(new.tags.map { .string($0) }))
        }
        if old.participants != new.participants {
            add(["participants"], .array(old.participants.map(\.json)), .array(new.participants.map(\.json)))
        }
        if old.comments != new.comments {
            add(["comments"], .array(old.comments.map(\.json)), .array(new.comments.map(\.json)))
        }
        compare(old.blocks, new.blocks, at: ["blocks"])
        if !parts.isEmpty { findEffects(from: old, to: new) }
    }

    private mutating func add(_ tokens: [String], _ before: JSON, _ after: JSON) {
        parts.append(Part(tokens: tokens, before: before, after: after))
        inverse.operations.append(.replace(JSONPointer(tokens: tokens), before))
    }

    private mutating func compare(_ old: [Block], _ new: [Block], at tokens: [String]) {
        if old.count == new.count, zip(old, new).allSatisfy({ $0.id == $1.id }) {
            for (index, (before, after)) in zip(old, new).enumerated() where before != after {
                let tokens = tokens + [String(index)]
                let isSame =
                    before.hasSameContent(as: after) && before.stamps == after.stamps
                    && before.comments == after.comments
                if isSame {
                    compare(before.children, after.children, at: tokens + ["children"])
                } else {
                    add(tokens, before.json, after.json)
                }
            }
            return
        }
        var start = 0
        while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
        var end = 0
        while end < min(old.count, new.count) - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
        let before = old[start..<old.count - end].map(\.json)
        let after = new[start..<new.count - end].map(\.json)
        let place = JSONPointer(tokens: tokens + [String(start)])
        parts.append(Part(tokens: place.tokens, before: .array(before), after: .array(after)))
        inverse.operations.append(contentsOf: after.map { _ in .remove(place) })
        inverse.operations.append(contentsOf: before.reversed().map { .add(place, $0) })
    }

    private mutating func findEffects(from old: Document, to new: Document) {
        // Blocks that are the very same in the same place need no look inside.
        let isAligned = old.blocks.count == new.blocks.count
        func changed(_ blocks: [Block], against others: [Block]) -> [Block] {
            isAligned ? zip(blocks, others).filter { !$0.isIdentical(to: $1) }.map(\.0) : blocks
        }
        let oldBlocks = changed(old.blocks, against: new.blocks)
        let newBlocks = changed(new.blocks, against: old.blocks)
        effects = Mutation.effects(from: oldBlocks, to: newBlocks)
        var known = Set(old.comments.map(\.id))
        for block in oldBlocks { block.visit { known.formUnion($0.comments.map(\.id)) } }
        for comment in new.comments where !known.contains(comment.id) {
            effects.append(.commentAdded(comment.id, block: nil))
        }
        for block in newBlocks {
            block.visit { block in
                for comment in block.comments where !known.contains(comment.id) {
                    effects.append(.commentAdded(comment.id, block: block.id))
                }
            }
        }
        for participant in new.participants where !old.participants.contains(where: { $0.isSame(as: participant) }) {
            effects.append(.participantAdded(participant))
        }
        for participant in old.participants where !new.participants.contains(where: { $0.isSame(as: participant) }) {
            effects.append(.participantRemoved(participant))
        }
    }

    private func value(_ member: KeyPath<Part, JSON>) -> JSON {
        if parts.count == 1 { return parts[0][keyPath: member] }
        return .object(
            JSONObject(parts.map { (JSONPointer(tokens: $0.tokens).description, $0[keyPath: member]) })
        )
    }
}

extension Draft {
    /// Puts another form of the document in place and keeps count of the size.
    mutating func replaceDocument(with new: Document) {
        if new.blocks.count == document.blocks.count {
            for (before, after) in zip(document.blocks, new.blocks) where !before.isIdentical(to: after) {
                size -= DocumentSize(before)
                size += DocumentSize(after)
            }
        } else {
            size -= DocumentSize(list: document.blocks)
            size += DocumentSize(list: new.blocks)
        }
        size.bytes += new.ownByteCount - document.ownByteCount
        document = new
        forgetIdentifiers()
    }

    /// Refuses strings that are too long and nesting that is too deep in what a patch has changed.
    func checkChanged(from old: Document, to new: Document) throws(CommandError) {
        let tokens = ["patch"]
        try check(new.title, at: tokens)
        try check(new.properties, depth: 1, at: tokens)
        for tag in new.tags { try check(tag, at: tokens) }
        for participant in new.participants { try check(participant, at: tokens) }
        for comment in new.comments { try check(comment.text, at: tokens) }
        for (index, block) in new.blocks.enumerated() {
            if index < old.blocks.count, block.isIdentical(to: old.blocks[index]) { continue }
            try check(block, level: 0, at: tokens)
        }
    }

    private func check(_ block: Block, level: Int, at tokens: [String]) throws(CommandError) {
        let depth = Block.depth(onLevel: level)
        try check(depth: depth + 1, at: tokens)
        try check(block.type, at: tokens)
        try check(block.text, at: tokens)
        if !block.properties.isEmpty { try check(block.properties, depth: depth, at: tokens) }
        for annotation in block.annotations {
            try check(annotation.name, at: tokens)
            try check(annotation.value, depth: depth + 2, at: tokens)
        }
        for comment in block.comments {
            try check(comment.text, at: tokens)
            try check(depth: depth + 3, at: tokens)
        }
        for child in block.children { try check(child, level: level + 1, at: tokens) }
    }
}
