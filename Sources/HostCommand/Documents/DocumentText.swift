import JSONSchema

/// Documents as a person reads them.
enum DocumentText {
    /// A line for each document of a list.
    static func table(_ list: JSON, width: Int?) -> String {
        var table = Table([
            .fixed("ID"), .flexible("TITLE", least: 20), .fixed("TYPE"), .number("REVISION"), .fixed("CHANGED"),
            .flexible("BY", least: 8),
        ])
        for document in list["items"]?.arrayValue ?? [] {
            table.add([
                document.id, document.text("title"), document.text("type"), document.text("revision"),
                TimeText.seconds(document.text("updatedAt")), ActorText.name(document["updatedBy"]),
            ])
        }
        return table.isEmpty ? "no documents (pluginhost document create --help)" : table.text(width: width)
    }

    /// Title, properties and content with the annotations below their blocks.
    static func details(_ document: JSON, width: Int?, ids: Bool) -> String {
        let columns = width ?? 100
        let title = document.text("title")
        var text =
            Terminal.standardOutput.styled(title.isEmpty ? "(no title)" : PrintableText.line(title), .strong) + "\n"
        var facts = Facts()
        facts.add("id", document.id)
        facts.add("type", document.text("type"))
        facts.add(
            "revision",
            "\(document.text("revision")), \(TimeText.seconds(document.text("updatedAt"))) by \(ActorText.name(document["updatedBy"]))"
        )
        facts.add("tags", document["tags"]?.arrayValue?.map(\.plainText).joined(separator: ", "))
        if let properties = document["properties"]?.objectValue, !properties.isEmpty {
            facts.add("properties", JSON.object(properties).description)
        }
        text += facts.text(width: width)
        for comment in document["comments"]?.arrayValue ?? [] { text += remark(comment, indent: "", columns: columns) }
        for block in document["blocks"]?.arrayValue ?? [] {
            text += "\n" + Self.block(block, indent: "", columns: columns, ids: ids)
        }
        return text
    }

    /// A line for each mutation of each revision.
    static func history(_ list: JSON, width: Int?) -> String {
        var table = Table([
            .number("REVISION"), .fixed("TIME"), .flexible("WHO", least: 8), .flexible("WHAT", least: 30),
        ])
        for revision in list["items"]?.arrayValue ?? [] {
            for (index, mutation) in (revision["mutations"]?.arrayValue ?? []).enumerated() {
                let what = mutation["command"].map(CommandText.line) ?? mutation.text("op")
                if index == 0 {
                    table.add([
                        revision.text("revision"), TimeText.seconds(revision.text("time")),
                        ActorText.name(revision["actor"]), what,
                    ])
                } else {
                    table.add(["", "", "", what])
                }
            }
        }
        return table.isEmpty ? "no revisions" : table.text(width: width)
    }

    private static func block(_ block: JSON, indent: String, columns: Int, ids: Bool) -> String {
        let type = block.text("type")
        var text =
            ids
            ? Terminal.standardOutput.styled("\(indent)\(block.id)  \(PrintableText.line(type))", .faint) + "\n" : ""
        let content = PrintableText.block(block.text("text"))
        switch type {
        case "heading":
            let level = block["properties"]?["level"]?.intValue ?? 1
            let line = String(repeating: "#", count: min(max(level, 1), 6)) + " " + content
            text += Terminal.standardOutput.styled(indent + line, .strong) + "\n"
        case "listItem":
            let lines = PrintableText.wrapped(content, width: max(columns - indent.count - 2, 20))
            text += indent + "- " + lines.joined(separator: "\n\(indent)  ") + "\n"
        case "quote": text += PrintableText.indented(content, by: indent + "> ", width: columns) + "\n"
        case "code": text += content.split(separator: "\n").map { "\(indent)    \($0)" }.joined(separator: "\n") + "\n"
        default:
            if !content.isEmpty { text += PrintableText.indented(content, by: indent, width: columns) + "\n" }
            if type != "paragraph" {
                text += Terminal.standardOutput.styled("\(indent)[\(PrintableText.line(type))]", .faint) + "\n"
            }
        }
        for annotation in block["annotations"]?.arrayValue ?? [] {
            text += self.annotation(annotation, of: block.text("text"), indent: indent, columns: columns)
        }
        for comment in block["comments"]?.arrayValue ?? [] {
            text += remark(comment, indent: indent + "  ", columns: columns)
        }
        for child in block["children"]?.arrayValue ?? [] {
            text += self.block(child, indent: indent + "  ", columns: columns, ids: ids)
        }
        return text
    }

    /// `~ spelling "wil": {"suggestions":["will"]}`.
    private static func annotation(_ annotation: JSON, of text: String, indent: String, columns: Int) -> String {
        let scalars = Array(text.unicodeScalars)
        let start = min(max(annotation["start"]?.intValue ?? 0, 0), scalars.count)
        let end = min(max(annotation["end"]?.intValue ?? 0, start), scalars.count)
        var marked = ""
        marked.unicodeScalars.append(contentsOf: scalars[start..<end])
        let line = "~ \(annotation.text("name")) \"\(marked)\": \(annotation["value"]?.plainText ?? "")"
        let shown = PrintableText.shortened(PrintableText.line(line), columns: max(columns - indent.count - 2, 20))
        return Terminal.standardOutput.styled("\(indent)  \(shown)", .remarkable) + "\n"
    }

    private static func remark(_ comment: JSON, indent: String, columns: Int) -> String {
        let resolved = comment["resolved"]?.boolValue == true ? " (resolved)" : ""
        let text = "\(ActorText.name(comment["createdBy"])): \(PrintableText.line(comment.text("text")))\(resolved)"
        return PrintableText.indented(text, by: indent + "| ", width: columns) + "\n"
    }
}

/// Who did something, as a person reads it.
enum ActorText {
    /// The name, or else the kind and id.
    static func name(_ actor: JSON?) -> String {
        guard let actor, actor.objectValue != nil else { return "" }
        if let name = actor["name"]?.stringValue, !name.isEmpty { return PrintableText.line(name) }
        return PrintableText.line("\(actor.text("type")) \(CommandText.shortIdentifier(actor.text("id")))")
    }
}

/// Times as a person reads them.
enum TimeText {
    /// `2026-11-24T13:23:55.123Z` as `2026-11-24 13:23:55`, in UTC as all times here.
    static func seconds(_ time: String) -> String {
        PrintableText.line(String(time.prefix(19)).replacing("T", with: " "))
    }
}
