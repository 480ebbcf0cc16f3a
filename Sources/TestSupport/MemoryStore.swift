public import DocumentModel
public import JSONSchema
import NIOConcurrencyHelpers
public import PluginHost
public import PluginProtocol

/// A store in memory for tests of what lies above the store: the same rules, no file.
///
/// `Sendable`.
public final class MemoryStore: HostStore {
    struct Tables {
        var heads: [DocumentID: DocumentSnapshot] = [:]
        var deleted: Set<DocumentID> = []
        var entries: [AuditItem] = []
        var mutations: [DocumentID: [(revision: Int, mutation: Mutation)]] = [:]
        var exchanges: [ExchangeID: ExchangeRecord] = [:]
        var order: [ExchangeID] = []
        var work: [WorkID: PendingWork] = [:]
        var states: [PluginID: [DocumentID: JSON]] = [:]
        var answers: [String: IdempotentAnswer] = [:]
        var plugins: [PluginID: Plugin] = [:]
        var generation = 0
        var versions: [PluginID: [(generation: Int, plugin: Plugin?)]] = [:]
        var types: [String: DocumentType] = [:]
        var clients: [String: APIClient] = [:]
        var deferred: [ExchangeID: DeferredExchange] = [:]
        var proposals: [Proposal] = []
    }

    /// The latest state of a document, as a decision finds it.
    private struct Latest {
        var head: DocumentSnapshot
        var isDeleted: Bool
    }

    struct State {
        var tables = Tables()
        var failing: HostError?
        var isWriting = false
        var isPaused = false
        var refusesHeads = false
        var queue: [any MemoryJob] = []
        var commits = 0
    }

    let state = NIOLockedValueBox(State())
    private let writer = NIOLock()

    /// An empty store.
    public init() {}

    /// Makes every following write fail with the error; nil makes them work again.
    public func fail(with error: HostError?) { state.withLockedValue { $0.failing = error } }

    /// Whether writes of new revisions fail alone, as by a constraint that they break.
    public var refuseHeads: Bool {
        get { state.withLockedValue { $0.refusesHeads } }
        set { state.withLockedValue { $0.refusesHeads = newValue } }
    }

    /// All ledger entries, oldest first.
    public var entries: [AuditItem] { state.withLockedValue { $0.tables.entries } }

    /// All exchanges, oldest first.
    public var allExchanges: [ExchangeRecord] {
        state.withLockedValue { state in state.tables.order.compactMap { state.tables.exchanges[$0] } }
    }

    /// The registry's generation and what each plugin was from which one on.
    var versions: (generation: Int, versions: [PluginID: [(generation: Int, plugin: Plugin?)]]) {
        state.withLockedValue { ($0.tables.generation, $0.tables.versions) }
    }

    /// Whether a decision is running at this moment.
    public var isWriting: Bool { state.withLockedValue { $0.isWriting } }

    /// How many transactions were committed that wrote something.
    public var commits: Int { state.withLockedValue { $0.commits } }

    // MARK: Writing

    /// Lets writes queue up until ``commit(_:)`` or ``resume()``.
    public func pause() { state.withLockedValue { $0.isPaused = true } }

    /// How many writes have queued up.
    public var queued: Int { state.withLockedValue { $0.queue.count } }

    /// Carries out what has queued up, in groups that share a transaction, one right after the other; nobody who waits goes on before all
    /// are done.
    ///
    /// - Parameters:
    ///   - groups: the number of writes in each, and the error of its commit if it is to fail.
    ///   - body: runs when all is done, before those who wait go on.
    public func commit(_ groups: (count: Int, error: HostError?)..., body: () -> Void = {}) {
        let done = writer.withLock {
            groups.flatMap { group in
                let jobs = state.withLockedValue { state in
                    defer { state.queue.removeFirst(min(group.count, state.queue.count)) }
                    return Array(state.queue.prefix(group.count))
                }
                carryOut(jobs, failure: group.error)
                return jobs
            }
        }
        body()
        for job in done { job.answer() }
    }

    /// Carries out what has queued up and all that follows, each write at once and by itself.
    public func resume() {
        state.withLockedValue { $0.isPaused = false }
        while queued > 0 { commit((1, nil)) }
    }

    /// Runs the decision at once, one at a time, unless writes are held up.
    public func write<Value: Sendable>(
        document: DocumentID?,
        undo: @escaping @Sendable (Value) -> Void,
        _ decide: @escaping @Sendable (DocumentSnapshot?) throws -> (Writes, Value)
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let job = MemoryDecision(document: document, decide: decide, undo: undo, continuation: continuation)
            let mustWait = state.withLockedValue { state in
                if state.isPaused { state.queue.append(job) }
                return state.isPaused
            }
            if mustWait { return }
            writer.withLock { carryOut([job], failure: nil) }
            job.answer()
        }
    }

    private func carryOut(_ jobs: [any MemoryJob], failure: HostError?) {
        let (failing, refusesHeads) = state.withLockedValue { state in
            state.isWriting = true
            return (state.failing ?? failure, state.refusesHeads)
        }
        defer { state.withLockedValue { $0.isWriting = false } }
        // What the transaction has made so far; nobody else sees it before all of it is committed.
        var made: [DocumentID: Latest] = [:]
        var written: [(writes: Writes, mutations: [Mutation])] = []
        for job in jobs {
            let latest = job.document.flatMap { made[$0] ?? self.latest($0) }
            do {
                let writes = try job.carryOut(head: latest.flatMap { $0.isDeleted ? nil : $0.head })
                if let head = writes.head {
                    if refusesHeads { throw HostError(.internalError, "a constraint is broken") }
                    if latest?.isDeleted == true { throw HostError(.nameTaken, "the document was deleted") }
                    made[head.document.id] = Latest(head: head, isDeleted: writes.deletesDocument)
                }
                let mutations = try writes.entries.filter { $0.kind == .mutation }
                    .map { try Mutation(json: JSON(parsing: $0.payload)) }
                if !writes.isEmpty { written.append((writes, mutations)) }
            } catch {
                job.fail(error)
            }
        }
        guard !written.isEmpty else { return }
        if let failing {
            for job in jobs.reversed() { job.fail(failing) }
        } else {
            state.withLockedValue { state in
                for (writes, mutations) in written { Self.apply(writes, mutations, to: &state.tables) }
                state.commits += 1
            }
        }
    }

    private func latest(_ id: DocumentID) -> Latest? {
        state.withLockedValue { state in
            state.tables.heads[id].map { Latest(head: $0, isDeleted: state.tables.deleted.contains(id)) }
        }
    }

    /// Writes in place: copies of all tables would make long tests take the square of their length.
    private static func apply(_ writes: Writes, _ mutations: [Mutation], to state: inout Tables) {
        if let head = writes.head {
            state.heads[head.document.id] = head
            if writes.deletesDocument { state.deleted.insert(head.document.id) }
        }
        var mutations = mutations[...]
        for entry in writes.entries {
            state.entries.append(AuditItem(seq: Int64(state.entries.count + 1), entry: entry))
            guard entry.kind == .mutation, let mutation = mutations.popFirst() else { continue }
            if let document = entry.document, let revision = entry.revision {
                state.mutations[document, default: []].append((revision, mutation))
            }
        }
        for record in writes.exchangesBegun + writes.exchangesEnded {
            if state.exchanges.updateValue(record, forKey: record.id) == nil { state.order.append(record.id) }
        }
        for work in writes.workRemoved { state.work[work] = nil }
        for work in writes.workAdded { state.work[work.id] = work }
        for item in writes.pluginStates { state.states[item.plugin, default: [:]][item.document] = item.state }
        if let answer = writes.idempotentAnswer { state.answers["\(answer.client)\n\(answer.key)"] = answer }
        for plugin in writes.plugins {
            state.plugins[plugin.id] = plugin
            state.versions[plugin.id, default: []].append((writes.generation, plugin))
        }
        for plugin in writes.pluginsDeleted {
            state.plugins[plugin] = nil
            state.versions[plugin, default: []].append((writes.generation, nil))
        }
        state.generation = max(state.generation, writes.generation)
        for type in writes.documentTypes { state.types[type.name] = type }
        for client in writes.clients { state.clients[client.id] = client }
        if let later = writes.later { state.apply(later) }
    }

    /// The latest state, unless deleted.
    public func document(_ id: DocumentID) async throws -> DocumentSnapshot? {
        state.withLockedValue { $0.tables.deleted.contains(id) ? nil : $0.tables.heads[id] }
    }

    /// The mutations between two revisions.
    public func mutations(of document: DocumentID, after: Int, through: Int) async throws -> [Mutation] {
        state.withLockedValue { state in
            // In order, so that what is wanted is near the end.
            let all = state.tables.mutations[document] ?? []
            let end = (all.lastIndex { $0.revision <= through } ?? -1) + 1
            let start = (all[..<end].lastIndex { $0.revision <= after } ?? -1) + 1
            return all[start..<end].map(\.mutation)
        }
    }

    /// What a plugin wanted to remember.
    public func pluginState(_ plugin: PluginID, _ document: DocumentID) async throws -> JSON? {
        state.withLockedValue { $0.tables.states[plugin]?[document] }
    }

    /// The answer kept for a key.
    public func idempotentAnswer(client: String, key: String, now: Timestamp) async throws -> IdempotentAnswer? {
        let known = state.withLockedValue { $0.tables.answers["\(client)\n\(key)"] }
        let oldest = now.millisecondsSince1970 - 24 * 60 * 60 * 1000
        return known.flatMap { $0.time.millisecondsSince1970 > oldest ? $0 : nil }
    }

    /// All plugins.
    public func plugins() async throws -> [Plugin] { state.withLockedValue { Array($0.tables.plugins.values) } }

    /// All types.
    public func documentTypes() async throws -> [DocumentType] {
        state.withLockedValue { Array($0.tables.types.values) }
    }

    /// All clients.
    public func clients() async throws -> [APIClient] { state.withLockedValue { Array($0.tables.clients.values) } }

    /// All waiting work.
    public func pendingWork() async throws -> [PendingWork] {
        state.withLockedValue { $0.tables.work.values.sorted { $0.id < $1.id } }
    }

    /// The highest id in use.
    public func lastWorkID() async throws -> WorkID {
        state.withLockedValue { $0.tables.work.keys.max() ?? WorkID(0) }
    }

    /// Marks what has no outcome.
    public func markInterrupted(now: Timestamp) async throws -> Int {
        state.withLockedValue { state in
            let open = state.tables.exchanges.values.filter { $0.outcome == nil }
            for record in open { state.tables.exchanges[record.id]?.outcome = .interrupted }
            return open.count
        }
    }

    /// Documents, newest first.
    public func documents(type: String?, tag: String?, page: PageRequest) async throws -> Page<DocumentSnapshot> {
        let all = state.withLockedValue { state in
            state.tables.heads.values.filter { !state.tables.deleted.contains($0.document.id) }
        }
        let chosen = all.filter { snapshot in
            (type == nil || snapshot.document.type == type)
                && (tag.map { snapshot.document.tags.contains($0) } ?? true)
        }
        return try Self.page(chosen.sorted { $0.document.id > $1.document.id }, page)
    }

    /// Revisions, newest first.
    public func history(of document: DocumentID, page: PageRequest) async throws -> Page<RevisionRecord> {
        let items = entries.filter { $0.entry.kind == .mutation && $0.entry.document == document }
        let revisions = Dictionary(grouping: items) { $0.entry.revision ?? 0 }
            .map { RevisionRecord(revision: $0.key, mutations: $0.value) }
        return try Self.page(revisions.sorted { $0.revision > $1.revision }, page)
    }

    /// Entries, newest first.
    public func audit(_ filter: AuditFilter, page: PageRequest) async throws -> Page<AuditItem> {
        let items = entries.filter { item in
            let entry = item.entry
            return (filter.plugin == nil || entry.plugin == filter.plugin)
                && (filter.document == nil || entry.document == filter.document)
                && (filter.actor == nil || entry.actor.id == filter.actor)
                && (filter.kind == nil || entry.kind == filter.kind)
                && (filter.exchange == nil || entry.exchange == filter.exchange)
                && (filter.from.map { entry.time >= $0 } ?? true) && (filter.to.map { entry.time < $0 } ?? true)
        }
        return try Self.page(items.reversed(), page)
    }

    /// Exchanges, newest first.
    public func exchanges(_ filter: ExchangeFilter, page: PageRequest) async throws -> Page<ExchangeRecord> {
        let records = allExchanges.filter { record in
            (filter.plugin == nil || record.plugin == filter.plugin)
                && (filter.document == nil || record.document == filter.document)
                && (filter.outcome == nil || record.outcome == filter.outcome)
        }
        return try Self.page(records.reversed(), page)
    }

    /// One exchange.
    public func exchange(_ id: ExchangeID) async throws -> ExchangeRecord? {
        state.withLockedValue { $0.tables.exchanges[id] }
    }

    /// Whether writes work.
    public func isReady() async -> Bool { state.withLockedValue { $0.failing == nil } }

    /// Cursors are the number of items that came before.
    static func page<Item: Sendable>(_ items: [Item], _ request: PageRequest) throws -> Page<Item> {
        var start = 0
        if let cursor = request.cursor {
            guard let number = Int(cursor), number >= 0 else {
                throw HostError(.invalidParameter, "cursor: \"\(cursor)\" was not made by this host")
            }
            start = min(number, items.count)
        }
        let end = min(items.count, start + request.limit)
        return Page(items: Array(items[start..<end]), nextCursor: end < items.count ? String(end) : nil)
    }
}
