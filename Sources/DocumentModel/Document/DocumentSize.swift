import JSONSchema

/// How large a document is, kept up to date by each command so that no change has to measure the whole.
struct DocumentSize: Sendable, Hashable {
    /// The length of the JSON form, the digits of the revision not counted.
    var bytes: Int
    /// Blocks, children included.
    var blocks: Int

    init(bytes: Int, blocks: Int) {
        self.bytes = bytes
        self.blocks = blocks
    }

    /// Measures a document.
    init(_ document: Document) {
        bytes = document.ownByteCount
        blocks = 0
        self += DocumentSize(list: document.blocks)
    }

    /// Measures a block with its children.
    init(_ block: Block) {
        bytes = block.ownByteCount
        blocks = 1
        if !block.children.isEmpty { self += DocumentSize(list: block.children) }
    }

    /// Measures blocks and the commas between them.
    init(list: [Block]) {
        bytes = max(list.count - 1, 0)
        blocks = 0
        for block in list { self += DocumentSize(block) }
    }

    static func += (left: inout DocumentSize, right: DocumentSize) {
        left.bytes += right.bytes
        left.blocks += right.blocks
    }

    static func -= (left: inout DocumentSize, right: DocumentSize) {
        left.bytes -= right.bytes
        left.blocks -= right.blocks
    }
}

extension Document {
    /// The length of the JSON form; neither blocks (but their brackets) nor the digits of the revision are counted.
    var ownByteCount: Int {
        var count =
            #"{"id":"","type":"","title":"","revision":,"properties":,"tags":[],"participants":[],"blocks":[],"comments":[],}"#
            .utf8.count + 30 + type.escapedByteCount + title.escapedByteCount
            + properties.canonicalByteCount + stamps.byteCount
        for tag in tags { count += tag.escapedByteCount + 2 }
        for participant in participants { count += participant.byteCount }
        for comment in comments { count += comment.byteCount }
        return count + max(tags.count - 1, 0) + max(participants.count - 1, 0) + max(comments.count - 1, 0)
    }
}
