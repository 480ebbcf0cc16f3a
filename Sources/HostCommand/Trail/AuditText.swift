import JSONSchema

/// The audit trail as a person reads it.
enum AuditText {
    /// A line for each entry, the newest last, where the eye is.
    static func table(_ list: JSON, width: Int?) -> String { table(list, width: width, dates: true) }

    /// The same, with times of day only where all is of one day.
    static func table(_ list: JSON, width: Int?, dates: Bool) -> String {
        var table = Table([
            .number("SEQ"), .fixed("TIME"), .flexible("WHO", least: 10), .flexible("WHAT", least: 30), .number("REV"),
            .fixed("DOCUMENT"),
        ])
        for entry in (list["items"]?.arrayValue ?? []).reversed() {
            table.add([
                entry.text("seq"), String(TimeText.seconds(entry.text("time")).dropFirst(dates ? 0 : 11)),
                ActorText.name(entry["actor"]), what(entry),
                entry.text("revision"), CommandText.shortIdentifier(entry.text("document")),
            ])
        }
        return table.isEmpty ? "no entries" : table.text(width: width)
    }

    private static func what(_ entry: JSON) -> String {
        if entry.text("kind") == "mutation" {
            guard let command = entry["command"], !command.isNull else { return entry.text("op") + " (erased)" }
            return CommandText.line(command)
        }
        let details = entry["detail"] ?? entry["details"] ?? .null
        var text = entry.text("kind")
        if let refusal = details["refusal"], !refusal.isNull {
            text += ": " + RefusalText.line(refusal)
        } else if text.hasPrefix("plugin."), let name = details["name"]?.stringValue {
            let scopes = details["scopes"]?.arrayValue?.map(\.plainText).joined(separator: " ") ?? ""
            text += ": \(name) at \(details.text("url")), may \(scopes.isEmpty ? "nothing" : scopes)"
        } else if let reasons = details["reasons"]?.arrayValue {
            text += ": " + reasons.map { $0.text("message") }.joined(separator: "; ")
        } else if let members = details.objectValue, !members.isEmpty {
            text += ": " + members.map { "\($0.key) \($0.value.plainText)" }.joined(separator: ", ")
        }
        return text
    }
}
