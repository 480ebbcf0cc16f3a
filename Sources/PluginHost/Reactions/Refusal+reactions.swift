import DocumentModel
import JSONSchema
import PluginProtocol

extension Refusal {
    static func hopsSpent(_ limit: Int) -> Refusal {
        Refusal(
            .budgetSpent,
            "the chain of reactions is \(limit) long already; no plugin is asked about what comes after",
            rule: "hops",
            limit: .integer(limit),
            actual: .integer(limit + 1)
        )
    }

    static func reactionsOverloaded(_ waiting: ReactionLanes.Waiting, _ limits: Limits) -> Refusal {
        if waiting.count < limits.workWaiting {
            return Refusal(
                .overloaded,
                "\(waiting.bytes) bytes of events wait for this plugin already",
                rule: "workWaitingBytes",
                limit: .integer(limits.workWaitingBytes),
                actual: .integer(waiting.bytes)
            )
        }
        return Refusal(
            .overloaded,
            "\(waiting.count) pieces of work wait for this plugin already",
            rule: "workWaiting",
            limit: .integer(limits.workWaiting),
            actual: .integer(waiting.count)
        )
    }

    /// Work waited for a plugin that is not asked any more.
    static func pluginGone(_ state: String) -> Refusal {
        Refusal(.notGranted, "the plugin was \(state) while this waited for it", rule: "state")
    }

    /// Work waited for a subscription that the plugin does not have any more.
    static let subscriptionGone = Refusal(
        .notGranted,
        "the plugin's manifest was changed while this waited for it; it has no subscription for these events any more",
        rule: "subscription"
    )
}

extension LedgerEntry {
    /// A plugin was not asked, whatever the kind of the reason.
    static func skipped(_ refusal: Refusal, _ record: ExchangeRecord, actor: Actor, time: Timestamp) -> LedgerEntry {
        var writer = JSONWriter(reserving: 256)
        refusal.write(into: &writer)
        return .aboutChange(.exchangeSkipped, record, actor: actor, time: time, payload: writer.bytes)
    }
}
