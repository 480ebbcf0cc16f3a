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

    /// Two plugins change the same place, each in answer to the other.
    static func oscillation(_ plugins: [String], at pointer: JSONPointer) -> Refusal {
        Refusal(
            .budgetSpent,
            "\(plugins.joined(separator: " and ")) change \(pointer) in turn, each in answer to the other; neither is asked about it again",
            pointer: pointer,
            rule: "oscillation",
            actual: .array(plugins.map { .string($0) }),
            hint: "let one of them leave alone what the other wrote, or narrow its subscription"
        )
    }

    /// A plugin's exchanges about a document lead to each other, as far as can be told.
    static func loop(_ count: Int, _ limits: Limits) -> Refusal {
        Refusal(
            .budgetSpent,
            "\(count) exchanges about this document followed each other without a pause, each about changes made during the one before",
            rule: "reactionsPerDocument",
            limit: .integer(limits.reactionsPerDocument),
            actual: .integer(count),
            hint:
                "a plugin that calls the host should send pluginhost-exchange, and nothing when there is nothing left to do"
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

    static let documentGone = Refusal(.doesNotApply, "the document was deleted meanwhile")

    /// The document is changed faster than an answer can be moved forward.
    static func movedTooOften(_ times: Int) -> Refusal {
        Refusal(.conflict, "the document moved on \(times) times while the answer was to be applied")
    }

    /// The store works, but does not take what the answer makes of the document.
    static func notStored(_ error: any Error) -> Refusal {
        Refusal(.doesNotApply, "what the answer makes of the document could not be stored: \(error)")
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
