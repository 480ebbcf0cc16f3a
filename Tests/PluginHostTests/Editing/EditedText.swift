import DocumentModel
import JSONSchema

/// A document's text as simply as it can be: the sequential reference to which the host's own model is compared.
///
/// Knows five commands, and nothing of revisions, moving or `DocumentModel`. Every scalar is used once in all texts, so a set of
/// scalars says which text it is.
struct EditedText: Sendable, Equatable {
    struct Block: Sendable, Equatable {
        var id: String
        var text: [Unicode.Scalar]
    }

    /// What the reference does not know, or what cannot be done to it.
    struct Unexpected: Error {
        var command: JSON
    }

    var blocks: [Block] = []

    init() {}

    /// Reads a document as plugins see it.
    init(document: JSON) {
        blocks = (document["blocks"]?.arrayValue ?? []).map(Self.block)
    }

    /// All text, whatever its order.
    var scalars: Set<Unicode.Scalar> { Set(blocks.flatMap(\.text)) }

    func block(_ id: String) -> Block? { blocks.first { $0.id == id } }

    mutating func apply(_ command: JSON) throws {
        switch command["op"]?.stringValue {
        case "document.create":
            blocks = (command["blocks"]?.arrayValue ?? []).map(Self.block)
        case "text.insert":
            let index = try target(of: command)
            let start = try position(command, "start", in: index)
            blocks[index].text.insert(contentsOf: Self.scalars(command["text"]), at: start)
        case "text.replace", "text.delete":
            let index = try target(of: command)
            let (start, end) = (try position(command, "start", in: index), try position(command, "end", in: index))
            guard start <= end else { throw Unexpected(command: command) }
            blocks[index].text.replaceSubrange(start..<end, with: Self.scalars(command["text"]))
        case "block.insert":
            guard let block = command["block"], let index = command["index"]?.intValue, index <= blocks.count else {
                throw Unexpected(command: command)
            }
            blocks.insert(Self.block(block), at: index)
        case "block.delete":
            blocks.remove(at: try target(of: command))
        default:
            throw Unexpected(command: command)
        }
    }

    private func target(of command: JSON) throws -> Int {
        let id = command["target"]?["block"]?.stringValue
        guard let index = blocks.firstIndex(where: { $0.id == id }) else { throw Unexpected(command: command) }
        return index
    }

    private func position(_ command: JSON, _ member: String, in index: Int) throws -> Int {
        guard let position = command[member]?.intValue, (0...blocks[index].text.count).contains(position) else {
            throw Unexpected(command: command)
        }
        return position
    }

    private static func block(_ json: JSON) -> Block {
        Block(id: json["id"]?.stringValue ?? "", text: scalars(json["text"]))
    }

    private static func scalars(_ json: JSON?) -> [Unicode.Scalar] { Array((json?.stringValue ?? "").unicodeScalars) }
}
