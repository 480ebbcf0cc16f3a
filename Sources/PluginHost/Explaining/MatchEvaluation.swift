import DocumentModel
import PluginProtocol

/// Decides once more, from what is recorded, whether a subscription wanted what a change raised.
///
/// Pure. The order of the reasons is that of ``MatchIndex``.
struct MatchEvaluation {
    /// Why a subscription did not want it; nil if it did.
    struct Refusal {
        var reason: MatchDecision.Reason
        var message: String

        init(_ reason: MatchDecision.Reason, _ message: String) {
            self.reason = reason
            self.message = message
        }
    }

    let change: RecordedChange
    let version: PluginVersion

    /// Why the plugin as a whole was not asked; nil if that depends on the subscription.
    var ofPlugin: Refusal? {
        guard version.state == .enabled else {
            return Refusal(.state, "the plugin was \(version.state.rawValue)")
        }
        return version.manifest.subscriptions.isEmpty
            ? Refusal(.noSubscription, "the plugin's manifest had no subscription") : nil
    }

    /// Why a subscription did not want it, or that it did.
    func of(_ subscription: Subscription) -> Refusal? {
        let view = subscription.phase == .before ? change.before : change.after
        guard let view else {
            return subscription.phase == .before
                ? Refusal(.reaction, "nobody is asked before what plugins do in their answers")
                : change.exchanges.contains(where: \.isDry)
                    ? Refusal(.dryRun, "this was a dry run, so nothing happened that could be told after it")
                    : Refusal(.changeRefused, "the change was refused, so nothing happened that could be told after it")
        }
        let wanted = Set(subscription.events)
        if wanted.isDisjoint(with: view.types) {
            if view.mayHaveMore, change.revision != nil {
                return Refusal(.unknown, "what the change did was erased, and with it which events it raised")
            }
            return Refusal(
                .event,
                "the subscription is to \(Self.list(wanted)); the change raised \(Self.list(view.types))"
            )
        }
        let match = subscription.match
        if !match.types.isEmpty {
            guard let type = change.documentType else { return Self.unknown("type") }
            guard match.types.contains(type) else {
                return Refusal(.documentType, "the document is of type \"\(type)\", not \(Self.list(match.types))")
            }
        }
        if change.origin == version.plugin, !subscription.echo {
            return Refusal(.echo, "the change was the plugin's own, and the subscription does not ask for its echo")
        }
        if match.tags.isEmpty, match.text == nil { return nil }
        guard let document = view.document else { return Self.unknown("tags and text") }
        if let missing = match.tags.first(where: { !document.tags.contains($0) }) {
            return Refusal(.tags, "the document had no tag \"\(missing)\"")
        }
        guard match.accepts(document) else {
            return Refusal(.text, "nothing in the document matched /\(match.text?.source ?? "")/")
        }
        return nil
    }

    private static func unknown(_ what: String) -> Refusal {
        Refusal(.unknown, "what the document's \(what) were then is not kept any more")
    }

    private static func list(_ types: Set<EventType>) -> String {
        types.isEmpty ? "nothing" : types.map(\.rawValue).sorted().joined(separator: ", ")
    }

    private static func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
}

extension MatchDecision {
    /// Takes over what is recorded of an exchange.
    mutating func note(_ exchange: ExchangeRecord, of change: EventID) {
        self.exchange = exchange.id
        guard exchange.outcome == .skipped else {
            decision = .asked
            let others = Set(exchange.events.map(\.id).filter { !$0.isOf(change) }).count
            reason = others > 0 ? .coalesced : .matched
            let what = exchange.outcome.map { "it ended as \"\($0.rawValue)\"" } ?? "the exchange is under way"
            message =
                others > 0
                ? "the plugin was busy, and asked about \(others) events of other changes as well; \(what)"
                : "the subscription wants the event; \(what)"
            return
        }
        decision = .skipped
        reason = Reason(exchange)
        message = exchange.refusal?.message ?? exchange.warnings.first ?? "the plugin was not asked"
    }
}

extension MatchDecision.Reason {
    /// Why a plugin was not asked that wanted to be.
    fileprivate init(_ skipped: ExchangeRecord) {
        guard let refusal = skipped.refusal else {
            self = skipped.isDry ? .dryRun : .changeRefused
            return
        }
        switch (refusal.kind, refusal.rule) {
        case (_, "hops"): self = .hops
        case (_, "oscillation"): self = .oscillation
        case (_, "reactionsPerDocument"): self = .loop
        case (.breakerOpen, _): self = .breakerOpen
        case (.overloaded, _): self = .overloaded
        case (.budgetSpent, _): self = .budgetSpent
        case (.requestTooLarge, _): self = .requestTooLarge
        case (.notGranted, _): self = .withdrawn
        default: self = .unknown
        }
    }
}
