public import DocumentModel
public import PluginProtocol

/// Commands by an actor for one document.
///
/// `Sendable`.
public struct ChangeRequest: Sendable {
    /// When the caller wants its answer.
    public enum Wait: String, Sendable {
        /// When the change is durable.
        case committed
        /// When the reactions of `after` plugins have ended too, after 30 s at most.
        case settled
    }

    /// An `Idempotency-Key` and what it was sent with.
    public struct Idempotency: Sendable, Hashable {
        /// The API client; keys of different clients do not meet.
        public var client: String
        /// The key.
        public var key: String
        /// SHA-256 over method, path and body.
        public var digest: [UInt8]

        /// Makes a key.
        public init(client: String, key: String, digest: [UInt8]) {
            self.client = client
            self.key = key
            self.digest = digest
        }
    }

    /// Who changes.
    public var actor: Actor
    /// The document; a new one when ``creates`` is set.
    public var document: DocumentID
    /// Whether the document must not exist yet; the first command is then `document.create`.
    public var creates: Bool
    /// What to do, at least one command.
    public var commands: [Command]
    /// The revision the caller saw: positions are moved forward from it.
    public var baseRevision: Int?
    /// The revision that must be the latest, else the change is refused with `revision-mismatch`.
    public var expectRevision: Int?
    /// Whether nothing is to be written but the exchange records.
    public var dryRun: Bool
    /// When the answer is wanted.
    public var wait: Wait
    /// The exchange in whose course a plugin calls back (`pluginhost-exchange`): hop and causes are inherited.
    public var exchange: ExchangeID?
    /// The idempotency key, if one was sent.
    public var idempotency: Idempotency?
    /// The trace that the caller is part of; plugins get it with a span of their own.
    public var trace: TraceContext?

    /// Makes a request; everything optional is set afterwards.
    public init(actor: Actor, document: DocumentID, commands: [Command]) {
        self.actor = actor
        self.document = document
        self.creates = false
        self.commands = commands
        self.baseRevision = nil
        self.expectRevision = nil
        self.dryRun = false
        self.wait = .committed
        self.exchange = nil
        self.idempotency = nil
    }
}

/// What became of a change.
///
/// `Sendable`.
public struct ChangeResult: Sendable {
    /// The document after the change (its last state, if it was deleted).
    public var document: DocumentSnapshot
    /// Whether the document is deleted now.
    public var isDeleted: Bool
    /// What was changed, those added by `before` plugins included; empty if nothing had to be.
    public var mutations: [Mutation]
    /// The exchanges with `before` plugins, and with ``ChangeRequest/Wait/settled`` those with `after` plugins.
    public var exchanges: [ExchangeRecord]
    /// What plugins want the caller to know, and what was skipped.
    public var warnings: [String]
    /// Whether all reactions have ended; false when some are under way or wait.
    public var settled: Bool
    /// Reactions under way or waiting.
    public var pending: [ExchangeID]

    /// Makes a result.
    public init(document: DocumentSnapshot, mutations: [Mutation]) {
        self.document = document
        self.isDeleted = false
        self.mutations = mutations
        self.exchanges = []
        self.warnings = []
        self.settled = true
        self.pending = []
    }
}

/// The outcome of a request: a change, or the answer given earlier to the same idempotency key.
public enum ChangeOutcome: Sendable {
    /// The change was made (or found to change nothing).
    case changed(ChangeResult)
    /// A repeat: the same status and body as the first time.
    case repeated(IdempotentAnswer)
}
