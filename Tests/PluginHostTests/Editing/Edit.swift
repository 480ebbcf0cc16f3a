import DocumentModel
import JSONSchema
import TestSupport

/// What someone wants to do to a document as they see it.
struct Edit: Sendable {
    var commands: [JSON]
    /// The text that is put in.
    var inserted: Set<Unicode.Scalar>
    /// The text that is taken away.
    var deleted: Set<Unicode.Scalar>
    /// The document as they saw it, with the edit done.
    var after: EditedText
}

/// Makes random edits, in whose texts no scalar ever occurs twice.
struct Editor: Sendable {
    /// So much text that edits meet, and no more.
    private static let blocksLimit = 6
    private static let textLimit = 40

    var random: SeededRandom
    private var lastScalar: UInt32 = 0xFFFF
    private var lastBlock: UInt64 = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Some edits of what someone sees, each made on what the ones before it left.
    mutating func edit(_ seen: EditedText) throws -> Edit {
        var commands: [JSON] = []
        var after = seen
        for _ in 0..<random.int(1...2) {
            let command = command(after)
            try after.apply(command)
            commands.append(command)
        }
        let (old, new) = (seen.scalars, after.scalars)
        return Edit(
            commands: commands,
            inserted: new.subtracting(old),
            deleted: old.subtracting(new),
            after: after
        )
    }

    /// New text.
    mutating func text(_ count: Int) -> String {
        var text = ""
        while text.unicodeScalars.count < count {
            lastScalar += 1
            if let scalar = Unicode.Scalar(lastScalar) { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    private mutating func command(_ text: EditedText) -> JSON {
        guard let block = text.blocks.randomElement(using: &random) else { return insertion(at: 0) }
        if text.blocks.count < Self.blocksLimit, random.chance(5) {
            return insertion(at: random.int(0...text.blocks.count))
        }
        if text.blocks.count > 2, random.chance(3) { return ["op": "block.delete", "target": Self.target(block)] }
        let isFull = block.text.count > Self.textLimit
        let start = random.int(0...block.text.count)
        let end = min(block.text.count, start + random.int(1...(isFull ? 12 : 3)))
        if start < end, isFull || random.chance(30) {
            if !isFull, random.chance(50) {
                return [
                    "op": "text.replace", "target": Self.target(block), "start": .number(JSONNumber(start)),
                    "end": .number(JSONNumber(end)),
                    "text": .string(self.text(2)),
                ]
            }
            return [
                "op": "text.delete", "target": Self.target(block), "start": .number(JSONNumber(start)),
                "end": .number(JSONNumber(end)),
            ]
        }
        return [
            "op": "text.insert", "target": Self.target(block), "start": .number(JSONNumber(start)),
            "text": .string(self.text(random.int(1...3))),
        ]
    }

    private mutating func insertion(at index: Int) -> JSON {
        lastBlock += 1
        let id = BlockID(high: 0x0192_0000_0000_0000, low: lastBlock).description
        return [
            "op": "block.insert", "parent": .null, "index": .number(JSONNumber(index)),
            "block": ["id": .string(id), "type": "paragraph", "text": .string(text(3))],
        ]
    }

    private static func target(_ block: EditedText.Block) -> JSON { ["block": .string(block.id)] }
}
