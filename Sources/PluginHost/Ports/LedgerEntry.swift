public import DocumentModel
public import PluginProtocol

/// One act that an administrator can ask about later: a mutation, a refusal, a registration.
///
/// An entry is written in the transaction of the act itself. Its payload is kept in a row of its own under a
/// salted commitment, so that it can be erased later without breaking what was signed. `Sendable`.
public struct LedgerEntry: Sendable {
    /// What kind of act an entry records; the raw value is what the API shows.
    public enum Kind: String, Sendable, CaseIterable {
        /// A command that was applied; `payload` is a mutation.
        case mutation = "mutation"
        /// A plugin's answer, or a plugin itself, was refused: schema, grant, precondition …
        case exchangeRefused = "exchange.refused"
        /// A plugin gave no usable answer: transport, HTTP status, time.
        case exchangeFailed = "exchange.failed"
        /// A plugin was not called although it matched: breaker, overload, budget.
        case exchangeSkipped = "exchange.skipped"
        /// A plugin said that its answer comes later.
        case exchangeDeferred = "exchange.deferred"
        /// A plugin's answer was kept for a person to decide about.
        case proposalMade = "proposal.made"
        /// A proposal was accepted; the actor is who did, the mutations are the plugin's.
        case proposalAccepted = "proposal.accepted"
        /// A proposal was declined.
        case proposalDeclined = "proposal.declined"
        /// A plugin denied a change.
        case changeDenied = "change.denied"
        /// A change was refused because a plugin that must answer failed.
        case changeRejected = "change.rejected"
        /// A plugin failed under the policy `flag`; the document waits for a look by a person.
        case documentFlagged = "document.flagged"
        /// A plugin was registered.
        case pluginRegistered = "plugin.registered"
        /// A plugin was enabled.
        case pluginEnabled = "plugin.enabled"
        /// A plugin was disabled.
        case pluginDisabled = "plugin.disabled"
        /// A plugin's URL, name, manifest or grants changed.
        case pluginChanged = "plugin.changed"
        /// A plugin got a new secret.
        case secretRotated = "plugin.secret-rotated"
        /// An older secret of a plugin was ended before its time.
        case secretDropped = "plugin.secret-dropped"
        /// A plugin's certificate ends within 30, 7 or 1 days.
        case certificateExpiring = "plugin.certificate-expiring"
        /// A plugin's circuit breaker was reset; `payload` is the plugin's name and the breaker as it was.
        case breakerReset = "plugin.breaker-reset"
        /// A plugin was deleted.
        case pluginDeleted = "plugin.deleted"
        /// A document type's schema was set.
        case documentTypeSet = "document-type.set"
        /// An API client or administrator's token was made.
        case clientCreated = "client.created"
    }

    /// What kind of act this is.
    public var kind: Kind
    /// When the act was decided.
    public var time: Timestamp
    /// Who did it: a person, a plugin, an API client or the host.
    public var actor: Actor
    /// The plugin concerned, if one is.
    public var plugin: PluginID?
    /// The document concerned, if one is.
    public var document: DocumentID?
    /// The revision that the act made, if it made one.
    public var revision: Int?
    /// The exchange whose answer this is, if it is one.
    public var exchange: ExchangeID?
    /// The event that this act raised; all mutations of a revision share one.
    public var event: EventID?
    /// The event that led to this act; absent for an act of a person's own.
    public var cause: EventID?
    /// For a mutation the op of its command, such as `text.insert`.
    public var op: String?
    /// For the first mutation of a revision: what of the matching cannot be told from the ledger.
    public var matching: RecordedMatching?
    /// JSON, UTF-8.
    ///
    /// A mutation is `{"command", "pointer", "before", "after", "inverse", "effects"}`; any other
    /// act is an object of details that is safe to show to an administrator.
    public var payload: [UInt8]

    /// Makes an entry.
    public init(
        kind: Kind,
        time: Timestamp,
        actor: Actor,
        plugin: PluginID? = nil,
        document: DocumentID? = nil,
        revision: Int? = nil,
        exchange: ExchangeID? = nil,
        event: EventID? = nil,
        cause: EventID? = nil,
        op: String? = nil,
        payload: [UInt8]
    ) {
        self.kind = kind
        self.time = time
        self.actor = actor
        self.plugin = plugin
        self.document = document
        self.revision = revision
        self.exchange = exchange
        self.event = event
        self.cause = cause
        self.op = op
        self.payload = payload
    }
}

/// A ledger entry as it was stored: with its place in the order of all acts.
public struct AuditItem: Sendable {
    /// 1 for the first entry of a database; without gaps.
    public var seq: Int64
    /// The entry; its payload is empty when it was erased.
    public var entry: LedgerEntry

    /// Makes an item.
    public init(seq: Int64, entry: LedgerEntry) {
        self.seq = seq
        self.entry = entry
    }
}
