public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// Where the host keeps everything: the port that a storage engine fills.
///
/// One writer carries out all writes, in the order of the calls for one document, and commits whatever has queued in one
/// transaction (group commit). Reads see what is durable.
public protocol HostStore: Sendable {
    /// Runs a decision on the latest revision of a document and makes what it decides durable.
    ///
    /// The decision runs on the writer, alone; it must be quick, and pure apart from locked state of the engine. Cancelling the
    /// caller's task does not take a decision back. When it throws,
    /// nothing of it is written and the error comes back to the caller; other decisions of the same group commit are not
    /// touched. When the commit itself fails (disk full, I/O error), every decision in it fails with ``HostError`` of
    /// code `store-unavailable`, cached heads are dropped, and none is acknowledged.
    ///
    /// - Parameters:
    ///   - document: whose latest state is given to the decision; nil gives nil.
    ///   - undo: takes back what the decision changed in the engine's own state. Called on the writer with the decision's value, once, when
    ///     what it decided is not written after all: in the reverse order of the decisions, and before any later one runs, so
    ///     that no decision ever sees what another only meant to do. Not called for a decision that throws.
    ///   - decide: gets the latest revision (also if another decision of the same transaction made it), nil if there is no such
    ///     document or it was deleted.
    /// - Returns: the decision's value, once durable.
    /// - Throws: the decision's error, or ``HostError`` of code `store-unavailable` or `overloaded`.
    func write<Value: Sendable>(
        document: DocumentID?,
        undo: @escaping @Sendable (Value) -> Void,
        _ decide: @escaping @Sendable (DocumentSnapshot?) throws -> (Writes, Value)
    ) async throws -> Value

    /// The latest durable state of a document; nil if there is none or it was deleted.
    func document(_ id: DocumentID) async throws -> DocumentSnapshot?

    /// The mutations that led from one revision to another, in order.
    ///
    /// - Returns: those of revisions `after + 1 ... through`; throws ``HostError`` of code `conflict` if some were erased.
    func mutations(of document: DocumentID, after: Int, through: Int) async throws -> [Mutation]

    /// What a plugin wanted to remember of a document; nil if nothing.
    func pluginState(_ plugin: PluginID, _ document: DocumentID) async throws -> JSON?

    /// The answer given earlier to a client's idempotency key, unless it is older than 24 hours.
    func idempotentAnswer(client: String, key: String, now: Timestamp) async throws -> IdempotentAnswer?

    /// All plugins that were not deleted, secrets included.
    func plugins() async throws -> [Plugin]

    /// All document types.
    func documentTypes() async throws -> [DocumentType]

    /// All API clients.
    func clients() async throws -> [APIClient]

    /// Pending work left by an earlier run, in order.
    func pendingWork() async throws -> [PendingWork]

    /// The highest ``WorkID`` ever used in this database, 0 at first.
    func lastWorkID() async throws -> WorkID

    /// Marks every exchange without an end as interrupted, in one transaction with a ledger entry each; called once at start.
    ///
    /// - Returns: how many there were.
    func markInterrupted(now: Timestamp) async throws -> Int

    /// Documents that were not deleted, newest first.
    func documents(type: String?, tag: String?, page: PageRequest) async throws -> Page<DocumentSnapshot>

    /// A document's revisions, newest first.
    func history(of document: DocumentID, page: PageRequest) async throws -> Page<RevisionRecord>

    /// Ledger entries that pass the filter, newest first.
    func audit(_ filter: AuditFilter, page: PageRequest) async throws -> Page<AuditItem>

    /// Exchanges that pass the filter, newest first; without bodies.
    func exchanges(_ filter: ExchangeFilter, page: PageRequest) async throws -> Page<ExchangeRecord>

    /// One exchange with its bodies.
    func exchange(_ id: ExchangeID) async throws -> ExchangeRecord?

    /// The generation that the registry has; 0 when no plugin was ever registered.
    func registryGeneration() async throws -> Int

    /// The plugins as they were in a generation of the registry, by id.
    ///
    /// - Parameters:
    ///   - generation: which one.
    ///   - first: only plugins with this id or a later one; nil for all.
    ///   - limit: at most so many.
    /// - Returns: those that were registered then, whatever their state.
    /// - Throws: ``HostError`` if the store cannot be read.
    func plugins(in generation: Int, from first: PluginID?, limit: Int) async throws -> [PluginVersion]

    /// The revision that raised an event.
    ///
    /// - Parameter event: of the change as a whole, or one of those that it raised besides (``EventID/isOf(_:)``).
    /// - Returns: nil if there is none, as for a change that was refused.
    /// - Throws: ``HostError`` if the store cannot be read.
    func revision(of event: EventID) async throws -> RevisionRecord?

    /// The exchanges about a change.
    ///
    /// - Parameters:
    ///   - event: of the change.
    ///   - document: the document, if it is known. Without it only those are found that began when the event was raised: `before`
    ///     exchanges, and those that did not wait.
    /// - Returns: the oldest first; without bodies.
    /// - Throws: ``HostError`` if the store cannot be read.
    func exchanges(about event: EventID, of document: DocumentID?) async throws -> [ExchangeRecord]

    /// Signs the URLs at which late answers are taken: 32 bytes, the same in every run of a database.
    var continuationKey: [UInt8] { get }

    /// An exchange that was deferred, until its time is over; nil if it never was, or its time is over.
    func deferredExchange(_ id: ExchangeID) async throws -> DeferredExchange?

    /// Exchanges that were deferred and whose time is over, the oldest first, at most `limit`.
    func deferredExchanges(expiredBy now: Timestamp, limit: Int) async throws -> [DeferredExchange]

    /// Proposals that pass the filter, newest first.
    func proposals(_ filter: ProposalFilter, page: PageRequest) async throws -> Page<Proposal>

    /// One proposal.
    func proposal(_ id: ProposalID) async throws -> Proposal?

    /// Whether the store takes writes; for `/readyz`.
    func isReady() async -> Bool
}

extension HostStore {
    /// Runs a decision that changes nothing outside the store, see ``write(document:undo:_:)``.
    public func write<Value: Sendable>(
        document: DocumentID?,
        _ decide: @escaping @Sendable (DocumentSnapshot?) throws -> (Writes, Value)
    ) async throws -> Value {
        try await write(document: document, undo: { _ in }, decide)
    }
}

/// Which part of a list is wanted.
public struct PageRequest: Sendable {
    /// Where the page before ended; opaque, made by the store.
    public var cursor: String?
    /// 1 to 1,000.
    public var limit: Int

    /// Asks for a page.
    public init(cursor: String? = nil, limit: Int = 50) {
        self.cursor = cursor
        self.limit = limit
    }
}

/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
    /// The items, in the list's order.
    public var items: [Item]
    /// Gives the next page; nil on the last.
    public var nextCursor: String?

    /// Makes a page.
    public init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }
}

/// What `GET /v1/audit` can be asked for; all given must hold.
public struct AuditFilter: Sendable {
    /// Only acts that concern this plugin.
    public var plugin: PluginID?
    /// Only acts that concern this document.
    public var document: DocumentID?
    /// Only acts of this actor, by id.
    public var actor: String?
    /// Only acts of this kind.
    public var kind: LedgerEntry.Kind?
    /// Only acts of this exchange.
    public var exchange: ExchangeID?
    /// Only acts at this time or later.
    public var from: Timestamp?
    /// Only acts before this time.
    public var to: Timestamp?

    /// Everything.
    public init() {}
}

/// What `GET /v1/exchanges` can be asked for; all given must hold.
public struct ExchangeFilter: Sendable {
    /// Only exchanges with this plugin.
    public var plugin: PluginID?
    /// Only exchanges about this document.
    public var document: DocumentID?
    /// Only exchanges that ended so.
    public var outcome: ExchangeRecord.Outcome?

    /// Everything.
    public init() {}
}

/// One revision of a document: who made it, why, and with which mutations.
public struct RevisionRecord: Sendable {
    /// The revision's number, from 1.
    public var revision: Int
    /// Its mutations, in order; at least one.
    ///
    /// Event and cause are the same in all; the first is the change's author's, others may be
    /// `before` plugins'.
    public var mutations: [AuditItem]

    /// Makes a record.
    public init(revision: Int, mutations: [AuditItem]) {
        self.revision = revision
        self.mutations = mutations
    }
}
