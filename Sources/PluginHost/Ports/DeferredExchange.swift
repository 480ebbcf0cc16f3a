public import DocumentModel
public import PluginProtocol

/// An exchange whose plugin said that its answer comes later, and what is needed to take that answer.
///
/// Kept until its time is over, answered or not, so that a post that comes too often or twice is told so. `Sendable`.
public struct DeferredExchange: Sendable {
    /// The exchange.
    public var exchange: ExchangeID
    /// Who was asked.
    public var plugin: PluginID
    /// Which of its subscriptions, as in ``PendingWork/subscription``.
    public var subscription: Int
    /// The document it was asked about.
    public var document: DocumentID
    /// The revision that the plugin saw; nil if the document was gone by then.
    public var revision: Int?
    /// Who made the change that it was asked about.
    public var actor: Actor
    /// How many reactions lie between a person's change and what comes of the answer.
    public var hop: Int
    /// The events that lead to what comes of the answer, the nearest last.
    public var causes: [EventID]
    /// From when on no answer is taken.
    public var expires: Timestamp
    /// How many posts were refused so far.
    public var refused: Int
    /// Whether an answer was taken.
    public var isAnswered: Bool

    /// Makes a record of an exchange that waits for its answer.
    public init(
        exchange: ExchangeID,
        plugin: PluginID,
        subscription: Int,
        document: DocumentID,
        revision: Int?,
        actor: Actor,
        hop: Int,
        causes: [EventID],
        expires: Timestamp,
        refused: Int = 0,
        isAnswered: Bool = false
    ) {
        self.exchange = exchange
        self.plugin = plugin
        self.subscription = subscription
        self.document = document
        self.revision = revision
        self.actor = actor
        self.hop = hop
        self.causes = causes
        self.expires = expires
        self.refused = refused
        self.isAnswered = isAnswered
    }
}
