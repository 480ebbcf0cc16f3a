import JSONSchema

/// The plan of a `before` chain as a person reads it.
enum PlanText {
    /// Who is asked, in order; what they may both change; how long it may take.
    static func text(_ plan: JSON, width: Int?) -> String {
        let groups = plan["groups"]?.arrayValue ?? []
        let change = plan.text("event") + (plan["type"]?.stringValue.map { " on documents of type \"\($0)\"" } ?? "")
        var text = ""
        if groups.isEmpty {
            text += PrintableText.line("no enabled plugin is asked before \(change)") + "\n"
        } else {
            text += PrintableText.line("asked before \(change), one step after the other:") + "\n"
            text += table(groups, width: width)
            if groups.contains(where: { ($0.arrayValue?.count ?? 0) > 1 }) {
                text += "Plugins of the same step are asked at the same time.\n"
            }
            text += time(plan) + "\n"
        }
        let types = plan["types"]?.arrayValue?.map(\.plainText) ?? []
        if plan["type"]?.stringValue == nil, !types.isEmpty {
            // Many types would push everything else off the screen.
            let shown = types.prefix(20).joined(separator: ", ") + (types.count > 20 ? ", …" : "")
            text +=
                PrintableText.line("More plugins are asked about some types; see --type with one of: \(shown)") + "\n"
        }
        text += conflicts(plan)
        return text + warnings(plan)
    }

    /// What to know about a decision, a line each; empty if there is nothing.
    static func warnings(_ answer: JSON) -> String {
        let warnings = answer["warnings"]?.arrayValue?.map(\.plainText) ?? []
        return warnings.map { PrintableText.line("Warning: " + $0) + "\n" }.joined()
    }

    private static func table(_ groups: [JSON], width: Int?) -> String {
        var table = Table([
            .number("STEP"), .fixed("PLUGIN"), .number("ORDER"), .number("TIMEOUT"), .fixed("ON FAILURE"),
            .flexible("MAY CHANGE", least: 16), .flexible("ID", least: 12),
        ])
        for (number, group) in groups.enumerated() {
            for step in group.arrayValue ?? [] {
                table.add([
                    String(number + 1), step.text("name"), step.text("order"), step.text("timeoutMilliseconds") + " ms",
                    step.text("onFailure"), writes(step), step.text("plugin"),
                ])
            }
        }
        return table.text(width: width)
    }

    private static func writes(_ step: JSON) -> String {
        if step["judge"]?.boolValue == true { return "nothing (judge)" }
        guard let writes = step["writes"]?.arrayValue else { return "all it was granted" }
        return writes.map { part($0.plainText) }.joined(separator: " ")
    }

    private static func part(_ pointer: String) -> String { pointer.isEmpty ? "everything" : pointer }

    private static func time(_ plan: JSON) -> String {
        PrintableText.line(
            "Together they may take \(plan.text("worstCaseMilliseconds")) ms; "
                + "a change waits \(plan.text("budgetMilliseconds")) ms at most."
        )
    }

    private static func conflicts(_ plan: JSON) -> String {
        let conflicts = plan["conflicts"]?.arrayValue ?? []
        guard !conflicts.isEmpty else { return "" }
        var text = "May change the same part (the second sees what the first did):\n"
        for conflict in conflicts {
            let names = conflict["plugins"]?.arrayValue?.map(\.plainText) ?? []
            text +=
                PrintableText.line("  \(names.joined(separator: ", then ")): \(part(conflict.text("pointer")))") + "\n"
        }
        if plan["hasMoreConflicts"]?.boolValue == true { text += "  …\n" }
        return text
    }
}
