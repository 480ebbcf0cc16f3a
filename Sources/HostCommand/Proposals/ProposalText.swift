import JSONSchema

/// Proposals as a person reads them.
enum ProposalText {
    /// A line for each proposal of a list.
    static func table(_ list: JSON, width: Int?) -> String {
        var table = Table([
            .fixed("TIME"), .fixed("PLUGIN"), .fixed("STATE"), .fixed("BECAUSE"), .number("COMMANDS"),
            .flexible("REMARK", least: 12), .fixed("DOCUMENT"), .fixed("PROPOSAL"),
        ])
        for proposal in list["items"]?.arrayValue ?? [] {
            table.add([
                TimeText.seconds(proposal.text("time")), proposal.text("pluginName"), proposal.text("state"),
                proposal.text("origin"), proposal.text("commandCount"), remark(proposal),
                CommandText.shortIdentifier(proposal.text("document")), proposal.id,
            ])
        }
        return table.isEmpty ? "no proposals" : table.text(width: width)
    }

    /// Everything about one proposal.
    static func details(_ proposal: JSON, width: Int?) -> String {
        var facts = Facts()
        facts.add("proposal", proposal.id)
        facts.add("plugin", proposal.text("pluginName"))
        facts.add("document", proposal.text("document"))
        facts.add("made on revision", proposal.text("revision"))
        facts.add("exchange", proposal.text("exchange"))
        facts.add("time", TimeText.seconds(proposal.text("time")))
        facts.add("because", reason(proposal))
        for warning in proposal["warnings"]?.arrayValue ?? [] { facts.add("warning", warning.plainText) }
        facts.add("state", proposal.text("state"))
        if let decision = proposal["decision"], !decision.isNull {
            facts.add("decided by", ActorText.name(decision["actor"]))
            facts.add("decided at", TimeText.seconds(decision.text("time")))
            facts.add("reason", decision.text("reason"))
            facts.add("made revision", decision.text("revision"))
        }
        for (index, command) in (proposal["commands"]?.arrayValue ?? []).enumerated() {
            facts.add("command \(index)", CommandText.line(command))
        }
        return facts.text(width: width)
    }

    private static func reason(_ proposal: JSON) -> String {
        if let conflict = proposal["conflict"], !conflict.isNull { return RefusalText.line(conflict) }
        return proposal.text("origin") == "late" ? "the answer came later" : proposal.text("origin")
    }

    private static func remark(_ proposal: JSON) -> String {
        if let reason = proposal["decision"]?["reason"]?.stringValue { return reason }
        if let conflict = proposal["conflict"], !conflict.isNull { return RefusalText.line(conflict) }
        return proposal["warnings"]?.arrayValue?.map(\.plainText).joined(separator: "; ") ?? ""
    }
}
