import JSONSchema

/// Why plugins were asked or not, as a person reads it.
enum MatchText {
    /// A table for each change, with a line for each subscription.
    static func table(_ list: JSON, width: Int?) -> String {
        let items = list["items"]?.arrayValue ?? []
        var text = ""
        var rest = items[...]
        while let first = rest.first {
            let change = rest.prefix { $0.text("event") == first.text("event") }
            rest = rest.dropFirst(change.count)
            text += (text.isEmpty ? "" : "\n") + heading(first) + "\n" + table(Array(change), width: width)
        }
        if text.isEmpty { text = "no plugin was registered" }
        if list["nextCursor"]?.stringValue != nil { text += "There are more; see --limit and --plugin.\n" }
        return text
    }

    private static func heading(_ decision: JSON) -> String {
        let revision = decision.text("revision")
        let change = revision.isEmpty ? "a change that was not made" : "revision \(revision)"
        return PrintableText.line("\(decision.text("event")): \(change) of \(decision.text("document"))")
    }

    private static func table(_ decisions: [JSON], width: Int?) -> String {
        var table = Table([
            .fixed("PLUGIN"), .number("SUBSCRIPTION"), .fixed("PHASE"), .fixed("DECISION"), .fixed("REASON"),
            .flexible("WHY", least: 24), .fixed("EXCHANGE"),
        ])
        for decision in decisions {
            let name = decision.text("pluginName")
            table.add([
                name.isEmpty ? decision.text("plugin") : name, decision.text("subscription"), decision.text("phase"),
                decision.text("decision"), decision.text("reason"), decision.text("message"), decision.text("exchange"),
            ])
        }
        return table.text(width: width)
    }
}
