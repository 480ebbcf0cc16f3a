public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// One request to one plugin and its answer, with everything measured about it.
///
/// JSON: `{id, plugin, pluginName, pluginVersion, document, revision, phase, events, outcome, refusal, verdict, warnings,
/// notes, status, timings, time, request, response, commands}`; the last three only where one exchange is asked for.
/// `Sendable`.
public struct ExchangeRecord: Sendable {
    /// How an exchange ended; the raw value is what the API shows.
    public enum Outcome: String, Sendable, CaseIterable {
        /// The answer changed the document.
        case applied
        /// The plugin had nothing to say, or its commands changed nothing.
        case nothing
        /// An answer came and was refused: `refusal` says why.
        case refused
        /// No usable answer came: `refusal` says why.
        case failed
        /// The plugin was not asked: breaker, overload or budget.
        case skipped
        /// The plugin deferred its answer: it is to come, waits for a person's decision as a proposal, or never came.
        case late
        /// The host stopped while the exchange was under way.
        case interrupted
    }

    /// An event's id and type, as listed with an exchange.
    public struct EventReference: Sendable, Hashable {
        /// The event.
        public var id: EventID
        /// Its type.
        public var type: EventType

        /// Makes a reference.
        public init(id: EventID, type: EventType) {
            self.id = id
            self.type = type
        }
    }

    /// The exchange's id; also its `webhook-id`.
    public var id: ExchangeID
    /// The plugin asked.
    public var plugin: PluginID
    /// Its name at the time.
    public var pluginName: String
    /// Its manifest's version at the time.
    public var pluginVersion: String
    /// The document it was asked about; absent for pings.
    public var document: DocumentID?
    /// The revision that the plugin saw.
    public var revision: Int?
    /// The phase in which it was asked; absent for pings.
    public var phase: Phase?
    /// The events it was asked about.
    public var events: [EventReference]
    /// When the exchange began.
    public var time: Timestamp
    /// How it ended; absent while it is under way.
    public var outcome: Outcome?
    /// Why it was refused, failed or skipped.
    public var refusal: Refusal?
    /// HTTP status of the answer, if one came.
    public var status: Int?
    /// Whether the plugin denied the change.
    public var denied: Bool
    /// Warnings that the plugin gave for the caller.
    public var warnings: [String]
    /// The plugin's own notes for the audit trail: an object of strings.
    public var notes: JSON?
    /// How many commands of the answer were applied and changed something.
    public var mutations: Int
    /// What became of the answer, if a person is to decide about it.
    public var proposal: ProposalID?
    /// Where the time went.
    public var timings: ExchangeTimings
    /// What the plugin is told of the trace that it is part of: the caller's, with a span for this exchange.
    public var trace: TraceContext?
    /// Whether it belongs to a dry run, of which nothing is stored but such records.
    public var isDry = false
    /// How it was found that the plugin wants the events; kept for `before`, where the change may never be stored.
    public var matching: RecordedMatching?
    /// Which of a plugin's subscriptions, if it has several: ``Subscription``s are told apart by what they are about.
    public var subscription: Int?
    /// The body sent; empty if nothing was.
    public var request: [UInt8]
    /// The body received, if one was, however bad.
    public var response: [UInt8]?

    /// Makes a record of an exchange that begins.
    public init(
        id: ExchangeID,
        plugin: PluginID,
        pluginName: String,
        pluginVersion: String,
        document: DocumentID?,
        revision: Int?,
        phase: Phase?,
        events: [EventReference],
        time: Timestamp
    ) {
        self.id = id
        self.plugin = plugin
        self.pluginName = pluginName
        self.pluginVersion = pluginVersion
        self.document = document
        self.revision = revision
        self.phase = phase
        self.events = events
        self.time = time
        self.outcome = nil
        self.refusal = nil
        self.status = nil
        self.denied = false
        self.warnings = []
        self.notes = nil
        self.mutations = 0
        self.proposal = nil
        self.timings = ExchangeTimings()
        self.request = []
        self.response = nil
    }
}

/// Where the time of an exchange went; microseconds each.
///
/// JSON: `{"match", "queue", "dns", "connect", "tls", "send", "plugin", "receive", "validate", "apply", "total"}`. `Sendable`.
public struct ExchangeTimings: Sendable, Hashable {
    /// Finding out that the plugin wants the event.
    public var match = 0
    /// Waiting for one of the plugin's places, and for the transfer loop.
    public var queue = 0
    /// Resolving the name.
    public var dns = 0
    /// Connecting; 0 on a connection that was open.
    public var connect = 0
    /// The TLS handshake.
    public var tls = 0
    /// Sending the request.
    public var send = 0
    /// From the last byte sent to the first byte received: the plugin's own time.
    public var plugin = 0
    /// Receiving the answer.
    public var receive = 0
    /// Reading and checking the answer.
    public var validate = 0
    /// Applying it to the document.
    public var apply = 0
    /// The whole exchange.
    public var total = 0

    /// All zero.
    public init() {}
}
