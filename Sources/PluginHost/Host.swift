import Crypto
public import DocumentModel
import JSONSchema
public import Logging
public import PluginProtocol

/// The host as one value: documents change through it, plugins are managed through it.
///
/// Made once by the program's assembly; ``start()`` fills it from the store, ``run()`` carries out reactions until ``stop()``.
/// `Sendable`.
public final class Host: Sendable {
    /// What the operator decided.
    public let configuration: HostConfiguration
    /// Registering, changing and stopping plugins.
    public let plugins: PluginService
    /// Why plugins were asked about what happened, or not.
    public let matches: MatchService
    /// Trying plugins, on demand and on a schedule.
    public let probes: ProbeService
    /// Taking answers that plugins give later.
    public let lateAnswers: LateAnswers
    /// Accepting and declining what plugins propose.
    public let proposals: ProposalService
    /// Where everything is kept; queries go straight to it.
    public let store: any HostStore

    let registry: PluginRegistry
    private let types: DocumentTypes
    let lanes: ReactionLanes
    private let changes: ChangeService
    private let reactions: ReactionService
    private let clients: APIClients
    private let clock: HostClock
    private let logger: Logger

    /// Counts what exchanges come to.
    var metrics: PluginMetrics { registry.metrics }

    /// All limits.
    public var limits: Limits { configuration.limits }

    /// Puts the parts together; nothing is read or sent yet.
    public init(
        store: any HostStore,
        transport: any WebhookTransport,
        configuration: HostConfiguration,
        logger: Logger,
        clock: HostClock = .system,
        ids: IdentifierSource = .pooled()
    ) {
        let registry = PluginRegistry(limits: configuration.limits)
        let types = DocumentTypes()
        let lanes = ReactionLanes(limits: configuration.limits)
        let running = RunningExchanges()
        let runner = ExchangeRunner(
            transport: transport,
            store: store,
            clock: clock,
            configuration: configuration,
            logger: logger
        )
        let planner = CommitPlanner(
            registry: registry,
            lanes: lanes,
            trails: ReactionTrails(),
            clock: clock,
            ids: ids,
            limits: configuration.limits
        )
        let continuations = Continuations(
            key: store.continuationKey,
            publicURL: configuration.publicURL,
            time: configuration.limits.continuationTime
        )
        let reactions = ReactionService(
            store: store,
            runner: runner,
            planner: planner,
            types: types,
            running: running,
            continuations: continuations,
            logger: logger
        )
        let chain = BeforeChain(
            runner: runner,
            types: types,
            clock: clock,
            ids: ids,
            running: running,
            placeFreed: { reactions.wake($0) }
        )
        self.configuration = configuration
        self.store = store
        self.registry = registry
        self.types = types
        self.lanes = lanes
        self.reactions = reactions
        self.clock = clock
        self.logger = logger
        self.clients = APIClients()
        self.changes = ChangeService(store: store, planner: planner, chain: chain, reactions: reactions)
        self.matches = MatchService(store: store, lanes: lanes, limits: configuration.limits, clock: clock)
        let handshake = Handshake(
            runner: runner,
            registry: registry,
            watch: CertificateWatch(store: store, clock: clock, logger: logger),
            clock: clock,
            ids: ids,
            logger: logger
        )
        let changes = AnsweredChanges(
            store: store,
            planner: planner,
            types: types,
            begin: { reactions.start($0) }
        )
        self.lateAnswers = LateAnswers(store: store, changes: changes, continuations: continuations, logger: logger)
        self.proposals = ProposalService(store: store, changes: changes)
        self.plugins = PluginService(
            store: store,
            registry: registry,
            handshake: handshake,
            reactions: reactions,
            planner: planner
        )
        self.probes = ProbeService(store: store, plugins: plugins, registry: registry, handshake: handshake)
    }

    /// Reads what an earlier run left, and marks exchanges that it did not end as interrupted.
    public func start() async throws {
        let interrupted = try await store.markInterrupted(now: clock.now())
        if interrupted > 0 {
            logger.warning("exchanges were cut off by the last stop", metadata: ["count": "\(interrupted)"])
        }
        registry.load(try await store.plugins(), generation: try await store.registryGeneration())
        for type in try await store.documentTypes() { types.put(type, try DocumentTypes.compile(type)) }
        clients.load(try await store.clients())
        let work = try await store.pendingWork()
        lanes.load(
            work.map { WaitingReaction(work: $0, settlements: []) },
            lastWorkID: try await store.lastWorkID()
        )
        if !work.isEmpty { logger.info("work is left from the last run", metadata: ["count": "\(work.count)"]) }
    }

    /// Carries out reactions until ``stop()``, then waits for those under way (at most ``HostConfiguration/shutdownGrace``).
    ///
    /// Enabled plugins are pinged meanwhile, and exchanges ended whose deferred answer never came.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.probes.run() }
            group.addTask { await self.lateAnswers.run() }
            await reactions.run()
            group.cancelAll()
        }
    }

    /// Lets nothing new begin.
    public func stop() { reactions.stop() }

    /// Makes a change.
    ///
    /// - Parameters:
    ///   - request: commands by an actor.
    ///   - render: makes the answer that an idempotency key is to give again; runs inside the transaction.
    /// - Returns: the change, or the answer given earlier to the same idempotency key.
    /// - Throws: ``HostError``.
    public func submit(
        _ request: ChangeRequest,
        render: (@Sendable (ChangeResult) -> (status: Int, body: [UInt8]))?
    ) async throws -> ChangeOutcome {
        try await changes.submit(request, render: render)
    }

    /// The client that a token belongs to; nil if none.
    ///
    /// - Parameter tokenDigest: SHA-256 of the token.
    /// - Returns: the client, if there is one.
    public func client(tokenDigest: [UInt8]) -> APIClient? { clients[tokenDigest] }

    /// Sees to it that there is an administrator.
    ///
    /// - Parameter token: what the operator set, at least 16 characters; replaces the administrator's token.
    /// - Returns: the token to print once, if one had to be made.
    /// - Throws: ``HostError`` of code `invalid-parameter` when the token is too short.
    public func ensureAdministrator(token: String?) async throws -> String? {
        if let token {
            guard token.utf8.count >= 16 else {
                throw HostError(
                    .invalidParameter,
                    "The administrator's token has \(token.utf8.count) characters, at least 16 are needed",
                    hint: "openssl rand -hex 24 makes a good one"
                )
            }
            let digest = Array(SHA256.hash(data: Array(token.utf8)))
            if clients[digest] == nil { try await addAdministrator(digest) }
            return nil
        }
        guard clients.isEmpty else { return nil }
        let made = "pht_" + WebhookSecret.generate().text.dropFirst(6).filter { $0.isLetter || $0.isNumber }
        try await addAdministrator(Array(SHA256.hash(data: Array(made.utf8))))
        return made
    }

    /// All document types that have a schema.
    public func documentTypes() -> [DocumentType] { types.all }

    /// Sets the schema of a document type; documents are checked against it at their next change.
    public func setDocumentType(_ type: DocumentType, actor: Actor) async throws {
        let schema = try DocumentTypes.compile(type)
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.key("name")
        writer.string(type.name)
        writer.key("schema")
        writer.value(type.schema)
        writer.endObject()
        let entry = LedgerEntry(kind: .documentTypeSet, time: clock.now(), actor: actor, payload: writer.bytes)
        try await store.write(document: nil) { _ in
            var writes = Writes()
            writes.documentTypes = [type]
            writes.entries = [entry]
            return (writes, ())
        }
        types.put(type, schema)
    }

    /// Whether changes can be made.
    public func isReady() async -> Bool { await store.isReady() }

    private func addAdministrator(_ digest: [UInt8]) async throws {
        let client = APIClient(
            id: "administrator",
            name: "administrator",
            actor: Actor(kind: .user, id: "administrator", name: "administrator"),
            tokenDigest: digest,
            createdAt: clock.now()
        )
        var writer = JSONWriter(reserving: 64)
        writer.beginObject()
        writer.key("client")
        writer.string(client.id)
        writer.endObject()
        let entry = LedgerEntry(kind: .clientCreated, time: client.createdAt, actor: .host, payload: writer.bytes)
        try await store.write(document: nil) { _ in
            var writes = Writes()
            writes.clients = [client]
            writes.entries = [entry]
            return (writes, ())
        }
        clients.put(client)
    }
}
