import JSONSchema

/// Commands as a person reads them.
enum CommandText {
    /// The op and what it works with, on one line: `text.replace blk_…b3 find "wil" text "will"`.
    static func line(_ command: JSON) -> String {
        guard let members = command.objectValue else { return command.description }
        var parts = [command["op"]?.stringValue ?? "?"]
        // Positions and preconditions last: on a narrow screen they are what is cut off.
        let last = ["start", "end", "expect"]
        let ordered = members.filter { !last.contains($0.key) } + members.filter { last.contains($0.key) }
        for (key, value) in ordered where key != "op" {
            switch key {
            case "target": parts.append(target(value))
            case "block" where value.objectValue != nil:
                parts.append(value["type"]?.stringValue ?? "block")
                if let text = value["text"]?.stringValue, !text.isEmpty { parts.append(quoted(text)) }
            case "value" where value.objectValue != nil, "patch", "participant", "expect":
                parts.append("\(key) \(short(value.description))")
            case "blocks": parts.append("\(value.arrayValue?.count ?? 0) blocks")
            case "parent", "after", "before", "comment", "id":
                parts.append("\(key) \(value.stringValue.map(shortIdentifier) ?? value.description)")
            default: parts.append("\(key) \(value.stringValue.map(quoted) ?? short(value.description))")
            }
        }
        return parts.joined(separator: " ")
    }

    private static func target(_ value: JSON) -> String {
        if let block = value["block"]?.stringValue { return shortIdentifier(block) }
        if let find = value["find"] { return "found by \(find.description)" }
        return value.description
    }

    private static func quoted(_ text: String) -> String { JSON.string(short(text)).description }

    private static func short(_ text: String) -> String { PrintableText.shortened(text, columns: 60) }

    /// `blk_…7f3k9m`: the prefix and the random end, which tell ids apart; their beginnings are times and so alike.
    static func shortIdentifier(_ text: String) -> String {
        guard let dash = text.firstIndex(of: "_"), text.count > 12 else { return text }
        return text[...dash] + "…" + text.suffix(6)
    }
}

/// Why an answer was refused, as a person reads it.
enum RefusalText {
    /// `not-granted: … (command 0, at /commands/0/op; allowed: …; found: …)`.
    static func line(_ refusal: JSON) -> String {
        var text = (refusal["kind"]?.stringValue ?? "refused") + ": " + (refusal["message"]?.stringValue ?? "")
        var details: [String] = []
        if let pointer = refusal["pointer"]?.stringValue, !pointer.isEmpty { details.append("at \(pointer)") }
        if let rule = refusal["rule"]?.stringValue { details.append("rule \(rule)") }
        if let limit = refusal["limit"], !limit.isNull { details.append("allowed \(limit.plainText)") }
        if let actual = refusal["actual"], !actual.isNull {
            details.append("found \(PrintableText.shortened(actual.plainText, columns: 60))")
        }
        if !details.isEmpty { text += " (" + details.joined(separator: ", ") + ")" }
        if let hint = refusal["hint"]?.stringValue { text += " – " + hint }
        return PrintableText.line(text)
    }
}
