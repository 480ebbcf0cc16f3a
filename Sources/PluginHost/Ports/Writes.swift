public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// What one change writes, all in one transaction or not at all.
///
/// Made by a decision that runs on the store's writer, on the latest revision (see ``HostStore/write(document:_:)``). `Sendable`.
public struct Writes: Sendable {
    /// The document's new head; its revision is the latest plus one.
    ///
    /// Absent when the document stays as it is.
    public var head: DocumentSnapshot?
    /// Whether the document is deleted; `head` is then its last state.
    public var deletesDocument = false
    /// Entries for the ledger, in order.
    public var entries: [LedgerEntry] = []
    /// Exchanges that begin now: rows without an outcome, so that a crash leaves a trace.
    public var exchangesBegun: [ExchangeRecord] = []
    /// Exchanges that ended: replaces the row begun earlier, or adds a whole one.
    public var exchangesEnded: [ExchangeRecord] = []
    /// Work for `after` subscriptions that has to wait its turn.
    ///
    /// Work of the same plugin on the same document is merged by the engine before it comes here.
    public var workAdded: [PendingWork] = []
    /// Work that was begun (and now stands in `exchangesBegun`) or dropped.
    public var workRemoved: [WorkID] = []
    /// What plugins want to remember of the document.
    public var pluginStates: [PluginState] = []
    /// The answer to give again to the same idempotency key.
    public var idempotentAnswer: IdempotentAnswer?
    /// Plugins added or changed.
    public var plugins: [Plugin] = []
    /// Plugins deleted.
    public var pluginsDeleted: [PluginID] = []
    /// The generation of the registry that the plugins added, changed or deleted make.
    public var generation = 0
    /// Document types whose schema was set.
    public var documentTypes: [DocumentType] = []
    /// API clients added; one that is there already gets the new token in place of its old one.
    public var clients: [APIClient] = []
    /// What concerns answers that come later, and proposals; nil for nothing, as almost always.
    public var later: LaterWrites?

    /// Nothing to write.
    public init() {}

    /// Whether there is nothing to write.
    public var isEmpty: Bool {
        head == nil && entries.isEmpty && exchangesBegun.isEmpty && exchangesEnded.isEmpty && workAdded.isEmpty
            && workRemoved.isEmpty && pluginStates.isEmpty && idempotentAnswer == nil && plugins.isEmpty
            && pluginsDeleted.isEmpty && documentTypes.isEmpty && clients.isEmpty && later == nil
    }
}

extension Writes {
    /// Adds to what is written about answers that come later, and proposals.
    mutating func changeLater(_ body: (inout LaterWrites) -> Void) {
        var changed = later ?? LaterWrites()
        body(&changed)
        later = changed
    }
}

/// What a change writes about answers that come later, and about proposals.
public struct LaterWrites: Sendable {
    /// Exchanges that wait for their answer: added, or changed.
    public var deferred: [DeferredExchange] = []
    /// Exchanges whose time is over.
    public var expired: [ExchangeID] = []
    /// Exchanges that ended before and of which more is known now; whatever counts exchanges has counted them.
    public var amended: [ExchangeRecord] = []
    /// Proposals: added, or decided.
    public var proposals: [Proposal] = []

    /// Nothing yet.
    public init() {}
}

/// Names a piece of pending work: unique in a database, rising.
public struct WorkID: Sendable, Hashable, Comparable {
    /// The number.
    public var rawValue: Int64

    /// Makes an id of a number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }

    /// By number.
    public static func < (a: WorkID, b: WorkID) -> Bool { a.rawValue < b.rawValue }
}

/// Events that a plugin with an `after` subscription has yet to be asked about.
public struct PendingWork: Sendable {
    /// Chosen by the engine; see ``HostStore/lastWorkID``.
    public var id: WorkID
    /// The plugin to ask.
    public var plugin: PluginID
    /// The document.
    public var document: DocumentID
    /// Tells the plugin's subscriptions apart by what they are about, whatever their order in the manifest and their other terms.
    public var subscription: Int
    /// Who made the change.
    public var actor: Actor
    /// What happened.
    public var events: [Event]
    /// The size of the events as JSON, at most.
    public var bytes: Int

    /// Makes a piece of work.
    public init(
        id: WorkID,
        plugin: PluginID,
        document: DocumentID,
        subscription: Int,
        actor: Actor,
        events: [Event],
        bytes: Int
    ) {
        self.id = id
        self.plugin = plugin
        self.document = document
        self.subscription = subscription
        self.actor = actor
        self.events = events
        self.bytes = bytes
    }
}

/// What a plugin asked the host to keep for one document.
public struct PluginState: Sendable {
    /// Whose state.
    public var plugin: PluginID
    /// Of which document.
    public var document: DocumentID
    /// Any JSON, at most ``Limits/pluginStateBytes`` once encoded.
    public var state: JSON

    /// Makes a state.
    public init(plugin: PluginID, document: DocumentID, state: JSON) {
        self.plugin = plugin
        self.document = document
        self.state = state
    }
}

/// The answer given once to a request with an `Idempotency-Key`, to be given again to its repeats for 24 hours.
public struct IdempotentAnswer: Sendable {
    /// The API client that sent the key; keys of different clients do not meet.
    public var client: String
    /// The key, 1 to 255 printable ASCII characters.
    public var key: String
    /// SHA-256 over method, path and body of the request.
    public var digest: [UInt8]
    /// HTTP status of the answer.
    public var status: Int
    /// Body of the answer.
    public var body: [UInt8]
    /// When it was given.
    public var time: Timestamp

    /// Makes an answer to keep.
    public init(client: String, key: String, digest: [UInt8], status: Int, body: [UInt8], time: Timestamp) {
        self.client = client
        self.key = key
        self.digest = digest
        self.status = status
        self.body = body
        self.time = time
    }
}

/// A type of documents with the JSON Schema that each must satisfy after every change.
public struct DocumentType: Sendable {
    /// The type's name, as in a document's `type`.
    public var name: String
    /// A JSON Schema 2020-12 of the whole document.
    public var schema: JSON

    /// Makes a type.
    public init(name: String, schema: JSON) {
        self.name = name
        self.schema = schema
    }
}

/// Someone who may call the API with a bearer token.
public struct APIClient: Sendable {
    /// `cli_…`, or `administrator` for the first.
    public var id: String
    /// Shown in the audit trail.
    public var name: String
    /// The actor that its calls act as.
    public var actor: Actor
    /// SHA-256 of the token; the token itself is not kept.
    public var tokenDigest: [UInt8]
    /// When it was made.
    public var createdAt: Timestamp

    /// Makes a client.
    public init(id: String, name: String, actor: Actor, tokenDigest: [UInt8], createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.actor = actor
        self.tokenDigest = tokenDigest
        self.createdAt = createdAt
    }
}
