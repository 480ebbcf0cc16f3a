import JSONSchema

/// The outcome of a change as a person reads it.
enum ChangeText {
    /// The new revision, what was changed, and what plugins did about it.
    static func details(_ answer: JSON, width: Int?, dryRun: Bool) -> String {
        let document = answer["document"] ?? .null
        let mutations = answer["mutations"]?.arrayValue ?? []
        var text =
            dryRun
            ? "would change (nothing was changed):\n"
            : "\(PrintableText.line(document.text("title"))) is at revision \(document.text("revision"))\n"
        if mutations.isEmpty { text += "  nothing changed\n" }
        for mutation in mutations {
            let line = mutation["command"].map(CommandText.line) ?? ""
            text += "  " + PrintableText.shortened(PrintableText.line(line), columns: (width ?? 120) - 2) + "\n"
        }
        for warning in answer["warnings"]?.arrayValue ?? [] {
            text +=
                PrintableText.indented(
                    "warning: " + PrintableText.line(warning.plainText),
                    by: "  ",
                    width: width ?? 120
                ) + "\n"
        }
        let exchanges = answer["exchanges"]?.arrayValue ?? []
        if !exchanges.isEmpty { text += "\n" + ExchangeText.table(["items": .array(exchanges)], width: width) }
        if answer["settled"]?.boolValue == false, !dryRun {
            let pending = answer["pending"]?.arrayValue?.count ?? 0
            text += pending > 0 ? "\(pending) reactions of plugins are still pending\n" : ""
        }
        return text
    }
}
