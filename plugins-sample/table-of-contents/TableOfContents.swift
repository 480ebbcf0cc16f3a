import PluginKit

/// What a document's table of contents should be, and the commands that make it so.
struct TableOfContents: Equatable {
    /// The type of the block that holds it.
    static let blockType = "table-of-contents"

    /// Fewer headings than this need no table.
    static let fewestHeadings = 2

    /// One line of the table.
    struct Entry: Equatable {
        var block: BlockID
        var level: Int
        var text: String
    }

    /// One entry for each heading with a text, in reading order.
    var entries: [Entry]

    /// Collects the headings of a document: blocks of type `heading` at any depth, whose `level` is a
    /// property from 1 to 6 and 1 if there is none.
    init(of document: Document) {
        entries = []
        collect(document.blocks)
    }

    private mutating func collect(_ blocks: [Block]) {
        for block in blocks {
            let text = Self.trimmed(block.text)
            if block.type == "heading", !text.isEmpty {
                let level = min(max(block.properties["level"]?.intValue ?? 1, 1), 6)
                entries.append(Entry(block: block.id, level: level, text: text))
            }
            collect(block.children)
        }
    }

    /// The table as a person reads it where nothing draws the entries: a line each, indented by level.
    var outline: String {
        let top = entries.map(\.level).min() ?? 1
        return entries.map { String(repeating: "  ", count: $0.level - top) + $0.text }.joined(separator: "\n")
    }

    /// The block's properties: `{"entries": [{"block", "level", "text"}]}`.
    var properties: JSONObject {
        [
            "entries": .array(
                entries.map {
                    [
                        "block": .string($0.block.description), "level": .number(JSONNumber($0.level)),
                        "text": .string($0.text),
                    ]
                }
            )
        ]
    }

    /// The commands that bring the document's table up to date; none if it is.
    ///
    /// There is one table, at the top. What else is of its type is a copy of it and is removed.
    func commands(for document: Document) throws -> [Command] {
        let tables = Self.tables(in: document.blocks)
        guard entries.count >= Self.fewestHeadings else {
            return try tables.map { try .deleteBlock(.block($0.id)) }
        }
        guard let table = tables.first else {
            let block = NewBlock(type: Self.blockType, text: outline, properties: properties)
            return [try .insertBlock(block, at: .parent(nil, index: 0))]
        }
        var commands = try tables.dropFirst().map { try Command.deleteBlock(.block($0.id)) }
        if document.blocks.first?.id != table.id {
            commands.append(try .moveBlock(.block(table.id), to: .parent(nil, index: 0)))
        }
        if table.properties["entries"] != properties["entries"] {
            commands.append(try .updateBlock(.block(table.id), properties: properties))
        }
        if table.text != outline {
            let range = TextRange.positions(0, table.text.unicodeScalars.count)
            commands.append(try .replaceText(range, in: .block(table.id), with: outline))
        }
        return commands
    }

    private static func tables(in blocks: [Block]) -> [Block] {
        blocks.flatMap { $0.type == blockType ? [$0] : tables(in: $0.children) }
    }

    /// The text on one line, without space around it.
    private static func trimmed(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
