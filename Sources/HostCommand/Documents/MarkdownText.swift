import JSONSchema

/// Text with a little Markdown, as blocks of a document.
///
/// Made are `heading` (with the property `level`), `paragraph`, `listItem`, `quote` and `code`. Emphasis and links stay
/// as they are written.
struct MarkdownText {
    /// The first level-one heading, if nobody gave another title.
    private(set) var title: String?
    /// The blocks to insert, in reading order.
    private(set) var blocks: [JSON] = []

    /// Reads text; each heading becomes a block when the title is known already.
    init(parsing text: String, hasTitle: Bool) {
        var paragraph: [Substring] = []
        var code: [Substring]?
        for line in text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let lines = code {
                    append("code", lines.joined(separator: "\n"))
                    code = nil
                } else {
                    end(&paragraph)
                    code = []
                }
                continue
            }
            if code != nil {
                code?.append(line)
                continue
            }
            let trimmed = line.drop { $0 == " " || $0 == "\t" }
            if trimmed.isEmpty {
                end(&paragraph)
            } else if let (level, heading) = Self.heading(trimmed) {
                end(&paragraph)
                if level == 1, !hasTitle, title == nil, blocks.isEmpty {
                    title = heading
                } else {
                    append("heading", heading, properties: ["level": .number(JSONNumber(level))])
                }
            } else if trimmed.hasPrefix("- ") || trimmed.hasPrefix("* ") {
                end(&paragraph)
                append("listItem", String(trimmed.dropFirst(2)))
            } else if trimmed.hasPrefix("> ") {
                end(&paragraph)
                append("quote", String(trimmed.dropFirst(2)))
            } else {
                paragraph.append(trimmed)
            }
        }
        end(&paragraph)
        if let code { append("code", code.joined(separator: "\n")) }
    }

    private static func heading(_ line: Substring) -> (Int, String)? {
        let level = line.prefix { $0 == "#" }.count
        let rest = line.dropFirst(level)
        guard (1...6).contains(level), rest.first == " " else { return nil }
        return (level, String(rest.drop { $0 == " " }))
    }

    private mutating func end(_ paragraph: inout [Substring]) {
        if !paragraph.isEmpty { append("paragraph", paragraph.joined(separator: " ")) }
        paragraph = []
    }

    private mutating func append(_ type: String, _ text: String, properties: JSONObject = [:]) {
        var block: JSONObject = ["type": .string(type), "text": .string(text)]
        if !properties.isEmpty { block["properties"] = .object(properties) }
        blocks.append(.object(block))
    }
}
