public import DocumentModel
public import JSONSchema
import NIOConcurrencyHelpers
public import PluginHost
public import PluginProtocol

/// A store in memory for tests of what lies above the store: the same rules, no file.
///
/// `Sendable`.
public final class MemoryStore: HostStore {
    private struct State {
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
        var types: [String: DocumentType] = [:]
        var clients: [String: APIClient] = [:]
        var failing: HostError?
        var isWriting = false
    }

    private let state = NIOLockedValueBox(State())
    private let writer = NIOLock()

    /// An empty store.
    public init() {}

    /// Makes every following write fail with the error; nil makes them work again.
    public func fail(with error: HostError?) { state.withLockedValue { $0.failing = error } }

    /// All ledger entries, oldest first.
    public var entries: [AuditItem] { state.withLockedValue { $0.entries } }

    /// All exchanges, oldest first.
    public var allExchanges: [ExchangeRecord] {
        state.withLockedValue { state in state.order.compactMap { state.exchanges[$0] } }
    }

    /// Whether a decision is running at this moment.
    public var isWriting: Bool { state.withLockedValue { $0.isWriting } }

    /// Runs the decision at once, one at a time.
    public func write<Value: Sendable>(
        document: DocumentID?,
        _ decide: @escaping @Sendable (DocumentSnapshot?) throws -> (Writes, Value)
    ) async throws -> Value {
        try writer.withLock {
            let (head, wasDeleted) = state.withLockedValue { state in
                state.isWriting = true
                return (
                    document.flatMap { state.deleted.contains($0) ? nil : state.heads[$0] },
                    document.map { state.deleted.contains($0) } ?? false
                )
            }
            defer { state.withLockedValue { $0.isWriting = false } }
            let (writes, value) = try decide(head)
            try state.withLockedValue { state in
                if let failing = state.failing { throw failing }
                if writes.head != nil, wasDeleted { throw HostError(.nameTaken, "the document was deleted") }
                try Self.apply(writes, to: &state)
            }
            return value
        }
    }

    private static func apply(_ writes: Writes, to state: inout State) throws {
        if let head = writes.head {
            state.heads[head.document.id] = head
            if writes.deletesDocument { state.deleted.insert(head.document.id) }
        }
        for entry in writes.entries {
            state.entries.append(AuditItem(seq: Int64(state.entries.count + 1), entry: entry))
            if entry.kind == .mutation, let document = entry.document, let revision = entry.revision {
                let mutation = try Mutation(json: JSON(parsing: entry.payload))
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
        for plugin in writes.plugins { state.plugins[plugin.id] = plugin }
        for plugin in writes.pluginsDeleted { state.plugins[plugin] = nil }
        for type in writes.documentTypes { state.types[type.name] = type }
        for client in writes.clients { state.clients[client.id] = client }
    }

    /// The latest state, unless deleted.
    public func document(_ id: DocumentID) async throws -> DocumentSnapshot? {
        state.withLockedValue { $0.deleted.contains(id) ? nil : $0.heads[id] }
    }

    /// The mutations between two revisions.
    public func mutations(of document: DocumentID, after: Int, through: Int) async throws -> [Mutation] {
        state.withLockedValue { state in
            (state.mutations[document] ?? []).filter { $0.revision > after && $0.revision <= through }.map(\.mutation)
        }
    }

    /// What a plugin wanted to remember.
    public func pluginState(_ plugin: PluginID, _ document: DocumentID) async throws -> JSON? {
        state.withLockedValue { $0.states[plugin]?[document] }
    }

    /// The answer kept for a key.
    public func idempotentAnswer(client: String, key: String, now: Timestamp) async throws -> IdempotentAnswer? {
        let known = state.withLockedValue { $0.answers["\(client)\n\(key)"] }
        let oldest = now.millisecondsSince1970 - 24 * 60 * 60 * 1000
        return known.flatMap { $0.time.millisecondsSince1970 > oldest ? $0 : nil }
    }

    /// All plugins.
    public func plugins() async throws -> [Plugin] { state.withLockedValue { Array($0.plugins.values) } }

    /// All types.
    public func documentTypes() async throws -> [DocumentType] { state.withLockedValue { Array($0.types.values) } }

    /// All clients.
    public func clients() async throws -> [APIClient] { state.withLockedValue { Array($0.clients.values) } }

    /// All waiting work.
    public func pendingWork() async throws -> [PendingWork] {
        state.withLockedValue { $0.work.values.sorted { $0.id < $1.id } }
    }

    /// The highest id in use.
    public func lastWorkID() async throws -> WorkID {
        state.withLockedValue { $0.work.keys.max() ?? WorkID(0) }
    }

    /// Marks what has no outcome.
    public func markInterrupted(now: Timestamp) async throws -> Int {
        state.withLockedValue { state in
            let open = state.exchanges.values.filter { $0.outcome == nil }
            for record in open { state.exchanges[record.id]?.outcome = .interrupted }
            return open.count
        }
    }

    /// Documents, newest first.
    public func documents(type: String?, tag: String?, page: PageRequest) async throws -> Page<DocumentSnapshot> {
        let all = state.withLockedValue { state in
            state.heads.values.filter { !state.deleted.contains($0.document.id) }
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
        state.withLockedValue { $0.exchanges[id] }
    }

    /// Whether writes work.
    public func isReady() async -> Bool { state.withLockedValue { $0.failing == nil } }

    /// Cursors are the number of items that came before.
    private static func page<Item: Sendable>(_ items: [Item], _ request: PageRequest) throws -> Page<Item> {
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
