public import DocumentModel
public import PluginProtocol

/// Commands of a plugin that a person is to decide about.
///
/// `Sendable`.
public struct Proposal: Sendable {
    /// Where a proposal stands; the raw value is what the API shows.
    public enum State: String, Sendable, CaseIterable {
        /// Nobody has decided.
        case open
        /// Its commands were applied.
        case accepted
        /// Its commands will not be applied.
        case declined
    }

    /// Why an answer is a proposal; the raw value is what the API shows.
    public enum Origin: String, Sendable, CaseIterable {
        /// The answer came later, and the plugin was not granted that it is applied without a person's look.
        case late
        /// The document had moved on, and the answer could not follow it.
        case conflict
    }

    /// A person's (or client's) decision.
    ///
    /// `Sendable`.
    public struct Decision: Sendable {
        /// Who decided.
        public var actor: Actor
        /// When.
        public var time: Timestamp
        /// Why it was declined, in the decider's words.
        public var reason: String?
        /// The revision that accepting it made; nil if it changed nothing or was declined.
        public var revision: Int?

        /// Makes a decision.
        public init(actor: Actor, time: Timestamp, reason: String? = nil, revision: Int? = nil) {
            self.actor = actor
            self.time = time
            self.reason = reason
            self.revision = revision
        }
    }

    /// Its id.
    public var id: ProposalID
    /// The exchange whose answer it is.
    public var exchange: ExchangeID
    /// Who proposes.
    public var plugin: PluginID
    /// The plugin's name at the time.
    public var pluginName: String
    /// The document to change.
    public var document: DocumentID
    /// The revision that the commands were made on.
    public var revision: Int
    /// How many reactions lie between a person's change and this one.
    public var hop: Int
    /// The events that led to it, the nearest last.
    public var causes: [EventID]
    /// Why it is a proposal.
    public var origin: Origin
    /// Why the commands could not follow the document when they came, if they could not.
    public var conflict: Refusal?
    /// What the plugin had to remark.
    public var warnings: [String]
    /// What to do, at least one command.
    public var commands: [Command]
    /// When it was made.
    public var time: Timestamp
    /// Where it stands.
    public var state: State
    /// Who decided and how, once someone has.
    public var decision: Decision?

    /// Makes an open proposal.
    public init(
        id: ProposalID,
        exchange: ExchangeID,
        plugin: PluginID,
        pluginName: String,
        document: DocumentID,
        revision: Int,
        hop: Int,
        causes: [EventID],
        origin: Origin,
        conflict: Refusal?,
        warnings: [String],
        commands: [Command],
        time: Timestamp
    ) {
        self.id = id
        self.exchange = exchange
        self.plugin = plugin
        self.pluginName = pluginName
        self.document = document
        self.revision = revision
        self.hop = hop
        self.causes = causes
        self.origin = origin
        self.conflict = conflict
        self.warnings = warnings
        self.commands = commands
        self.time = time
        self.state = .open
        self.decision = nil
    }
}

/// What `GET /v1/proposals` can be asked for; all given must hold.
public struct ProposalFilter: Sendable {
    /// Only proposals of this plugin.
    public var plugin: PluginID?
    /// Only proposals for this document.
    public var document: DocumentID?
    /// Only proposals that stand so.
    public var state: Proposal.State?

    /// Everything.
    public init() {}
}
