public import DocumentModel
public import PluginProtocol

/// Whether one subscription of one plugin was asked about what a change raised, and why.
///
/// JSON: `{"event", "document", "revision", "plugin", "pluginName", "subscription", "phase", "decision", "reason", "message",
/// "exchange"}`. `Sendable`.
public struct MatchDecision: Sendable, Hashable {
    /// What became of it; the raw value is what the API shows.
    public enum Verdict: String, Sendable, CaseIterable {
        /// The plugin was asked, or is being asked.
        case asked
        /// It will be asked when its turn comes.
        case waiting
        /// It wanted the event and was not asked all the same.
        case skipped
        /// It did not want the event.
        case notMatched = "not-matched"
    }

    /// Why; the raw value is what the API shows.
    public enum Reason: String, Sendable, CaseIterable {
        /// The subscription wants the event, and nothing was in the way.
        case matched
        /// The same, and the plugin was busy: it is asked, or was, about several changes at once.
        case coalesced
        /// The plugin was not registered then.
        case notRegistered = "not-registered"
        /// It was not enabled then.
        case state
        /// It had no subscription.
        case noSubscription = "no-subscription"
        /// The subscription is to no event that was raised.
        case event
        /// It is to the phase `before`, and nobody is asked before what plugins do in their answers.
        case reaction
        /// It is to documents of other types.
        case documentType = "document-type"
        /// The document lacked a tag.
        case tags
        /// The text was not found in the document.
        case text
        /// The change was the plugin's own, and it does not want its echo.
        case echo
        /// Nobody is asked any more in such a long chain of reactions.
        case hops
        /// Two plugins changed the same place in turn.
        case oscillation
        /// Exchanges about the document led to each other.
        case loop
        /// The circuit breaker was open.
        case breakerOpen = "breaker-open"
        /// Too much waited for the plugin already.
        case overloaded
        /// No time was left for it.
        case budgetSpent = "budget-spent"
        /// The request would have been too large.
        case requestTooLarge = "request-too-large"
        /// The plugin was stopped, or its subscription taken away, while the event waited for it.
        case withdrawn
        /// It may have side effects, and the change was a dry run.
        case dryRun = "dry-run"
        /// The change was refused before the plugin's turn came.
        case changeRefused = "change-refused"
        /// What would tell it is not kept, or not any more.
        case unknown
    }

    /// The event that stands for the change as a whole.
    public var event: EventID
    /// The document.
    public var document: DocumentID
    /// The revision that the change made; nil if it was refused.
    public var revision: Int?
    /// The plugin.
    public var plugin: PluginID
    /// Its name then; nil if it was not registered.
    public var pluginName: String?
    /// Which of the subscriptions it had then, from 0; nil if it is about the plugin as a whole.
    public var subscription: Int?
    /// When that subscription wants to be asked.
    public var phase: Phase?
    /// What became of it.
    public var decision: Verdict
    /// Why.
    public var reason: Reason
    /// The same in a sentence.
    public var message: String
    /// The exchange, if there is one.
    public var exchange: ExchangeID?
}
