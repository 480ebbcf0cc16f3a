internal import Crypto
internal import DocumentModel
internal import GRDB
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

/// A document's latest revision within the open transaction.
struct DirtyHead: Sendable {
    var head: Head
    /// What the row holds, in the transaction.
    var row: Row

    struct Row: Sendable {
        var tags: [String]
        var revision: Int
        var links: Head.Links
    }
}

/// The one connection that writes: carries out what decisions want, within one transaction at a time.
///
/// Lives on the writer's thread.
final class WriterSession {
    let database: Database
    private let caches: StoreCaches
    let key: StoreKey
    let statements: WriteStatements
    var salts: SaltSource

    /// Whether a transaction is open.
    private(set) var isOpen = false
    /// Rises with every job that wrote something.
    private(set) var writeCount = 0

    private var dirtyHeads: [DocumentID: DirtyHead] = [:]
    // Committed, but not known to be durable.
    private var settlingHeads: [DocumentID: DirtyHead] = [:]
    // The links of the document whose head is about to be written.
    private var pending: (document: DocumentID, links: Head.Links)?
    private var dirtyStates: [PluginStateKey] = []
    var deletedPlugins = false
    /// Made when the first nonce is spent.
    var nonces: NonceMemory?
    private var nextDocument: Int64 = 1
    private var nextEntry: Int64 = 1
    private var nextExchange: Int64 = 1
    // Where the rows of exchanges under way are, so that ending one needs no search by its id.
    private var exchangesUnderWay: [ExchangeID: Int64] = [:]

    init(_ database: Database, caches: StoreCaches, key: StoreKey, salts: SaltSource) throws {
        self.database = database
        self.caches = caches
        self.key = key
        self.salts = salts
        statements = try WriteStatements(database, arena: BindArena())
        try readCounters()
    }

    // MARK: Transactions

    func begin() throws {
        writeCount += 1
        guard !isOpen else { return }
        try statements.begin.run()
        isOpen = true
    }

    /// Commits what was written since the transaction began.
    ///
    /// - Parameter log: carries the commit out; nil as SQLite does it.
    /// - Returns: what the commit changed, and what is left to do until it is durable.
    /// - Throws: what SQLite says; nothing is committed then.
    func commit(_ log: WriteAheadLog?) throws -> (news: StoreCaches.News, debt: WriteAheadLog.Debt) {
        guard isOpen else { return (StoreCaches.News(), .none) }
        for dirty in dirtyHeads.values { try flush(dirty) }
        var debt = WriteAheadLog.Debt.none
        if let log {
            debt = try log.commit(statements.commit.run)
        } else {
            try statements.commit.run()
        }
        isOpen = false
        let news = StoreCaches.News(heads: dirtyHeads, states: dirtyStates, pluginsDeleted: deletedPlugins)
        settlingHeads = dirtyHeads
        dirtyHeads = [:]
        forgetTransaction()
        return (news, debt)
    }

    /// Takes note that the last commit was published to the caches, or is given up.
    func settled() { settlingHeads = [:] }

    /// Takes back what was written since the transaction began.
    func rollback() throws {
        forgetTransaction()
        nonces = nil
        caches.removeAll()
        isOpen = false
        // After a full disk or an I/O error SQLite has rolled back by itself.
        if database.isInsideTransaction { try statements.rollback.run() }
        try readCounters()
    }

    private func forgetTransaction() {
        dirtyHeads = [:]
        dirtyStates.removeAll(keepingCapacity: true)
        deletedPlugins = false
        pending = nil
    }

    private func readCounters() throws {
        func next(_ table: String, _ column: String) throws -> Int64 {
            try PreparedStatement(database, "SELECT coalesce(max(\(column)), 0) + 1 FROM \(table)")
                .first { $0.int64(0) } ?? 1
        }
        nextDocument = try next("document", "key")
        nextEntry = try next("entry", "seq")
        nextExchange = try next("exchange", "seq")
        exchangesUnderWay.removeAll(keepingCapacity: true)
        let underWay = try PreparedStatement(database, "SELECT id, seq FROM exchange WHERE outcome IS NULL")
        try underWay.scan { row in
            exchangesUnderWay[try row.identifier(0)] = row.int64(1)
            return true
        }
    }

    // MARK: Documents

    /// The latest revision, also if it is not committed yet; one that was deleted, too.
    func head(_ id: DocumentID) throws -> Head? {
        if let dirty = dirtyHeads[id] ?? settlingHeads[id] { return dirty.head }
        let (cached, epoch) = caches.head(id)
        if let cached { return cached }
        let statement = statements.selectHead
        statement.bind(id)
        guard let head = try statement.first(Head.init(row:)) else { return nil }
        caches.keep(head, of: id, ifStill: epoch)
        return head
    }

    private func flush(_ dirty: DirtyHead) throws {
        let head = dirty.head
        let document = head.snapshot.document
        guard document.revision != dirty.row.revision else {
            guard head.links != dirty.row.links else { return }
            statements.updateLinks.bind(head.links.entry)
            statements.updateLinks.bind(head.links.exchange)
            statements.updateLinks.bind(head.key)
            return try statements.updateLinks.run()
        }
        let statement = statements.updateDocument
        statement.bind(document.revision)
        statement.bind(document.updatedAt)
        statement.bind(head.links.entry)
        statement.bind(head.links.exchange)
        statement.bind(text: head.snapshot.bytes)
        statement.bind(head.key)
        try statement.run()
        if head.isDeleted {
            statements.deleteDocument.bind(head.key)
            try statements.deleteDocument.run()
        }
        try writeTags(from: dirty.row.tags, to: head.isDeleted ? [] : document.tags, of: head.key)
    }

    private func writeTags(from old: [String], to new: [String], of key: Int64) throws {
        // Compared as bytes: for Swift's strings two spellings of "é" are equal, for the index they are not.
        guard !old.elementsEqual(new, by: { $0.utf8.elementsEqual($1.utf8) }) else { return }
        for (tags, statement) in [(old, statements.deleteTag), (new, statements.insertTag)] {
            for tag in tags {
                statement.bind(tag)
                statement.bind(key)
                try statement.run()
            }
        }
    }

    private func write(head snapshot: DocumentSnapshot, isDeletion: Bool, links: Head.Links, over latest: Head?) throws
    {
        let document = snapshot.document
        if let latest {
            let head = Head(key: latest.key, snapshot: snapshot, isDeleted: isDeletion, links: links)
            dirtyHeads[document.id] = DirtyHead(head: head, row: row(of: document.id, holding: latest))
            return
        }
        let head = Head(key: nextDocument, snapshot: snapshot, isDeleted: isDeletion, links: links)
        let statement = statements.insertDocument
        statement.bind(head.key)
        statement.bind(document.id)
        statement.bind(document.type)
        statement.bind(document.revision)
        statement.bind(document.createdAt)
        statement.bind(document.updatedAt)
        statement.bind(isDeletion)
        statement.bind(links.entry)
        statement.bind(links.exchange)
        statement.bind(text: snapshot.bytes)
        try statement.run()
        nextDocument += 1
        let tags = isDeletion ? [] : document.tags
        try writeTags(from: [], to: tags, of: head.key)
        let row = DirtyHead.Row(tags: tags, revision: document.revision, links: links)
        dirtyHeads[document.id] = DirtyHead(head: head, row: row)
    }

    /// What a document's row holds now, if `latest` is what is known of it.
    private func row(of id: DocumentID, holding latest: Head) -> DirtyHead.Row {
        dirtyHeads[id]?.row
            ?? DirtyHead.Row(
                tags: latest.isDeleted ? [] : latest.snapshot.document.tags,
                revision: latest.snapshot.document.revision,
                links: latest.links
            )
    }

    /// Puts a new row into the chain of its document.
    ///
    /// - Parameters:
    ///   - seq: the row's number.
    ///   - document: what the row concerns, if it concerns one.
    ///   - chain: of entries or of exchanges.
    /// - Throws: what SQLite says.
    /// - Returns: the row's `previous`; nil also where the document was never made.
    private func link(
        _ seq: Int64,
        to document: DocumentID?,
        _ chain: WritableKeyPath<Head.Links, Int64?>
    ) throws -> Int64? {
        guard let document else { return nil }
        if pending?.document == document {
            let previous = pending?.links[keyPath: chain]
            pending?.links[keyPath: chain] = seq
            return previous
        }
        guard var head = try head(document) else { return nil }
        let row = row(of: document, holding: head)
        let previous = head.links[keyPath: chain]
        head.links[keyPath: chain] = seq
        dirtyHeads[document] = DirtyHead(head: head, row: row)
        return previous
    }

    /// A head follows the latest revision, or the engine has a defect that must not reach the disk.
    private func check(_ snapshot: DocumentSnapshot, follows latest: Head?) throws {
        guard let latest else { return }
        let document = snapshot.document
        let expected = latest.snapshot.document.revision + 1
        guard document.revision != expected else { return }
        if latest.isDeleted || document.revision == 1 {
            let what =
                latest.isDeleted ? "was a document \(document.id), which was deleted" : "is a document \(document.id)"
            throw HostError(.nameTaken, "there \(what); ids are never used again")
        }
        throw HostError(
            .internalError,
            "revision \(document.revision) of \(document.id) was to be written, but \(expected) is due"
        )
    }

    // MARK: Everything a decision wants

    /// Writes what was decided, in the open transaction or a new one.
    func write(_ writes: Writes) throws {
        guard !writes.isEmpty else { return }
        let latest = try writes.head.flatMap { try head($0.document.id) }
        if let snapshot = writes.head { try check(snapshot, follows: latest) }
        try begin()
        if let snapshot = writes.head { pending = (snapshot.document.id, latest?.links ?? Head.Links()) }
        for work in writes.workRemoved {
            statements.deleteWork.bind(work.rawValue)
            try statements.deleteWork.run()
        }
        for exchange in writes.exchangesBegun { try begin(exchange) }
        for exchange in writes.exchangesEnded { try end(exchange) }
        for entry in writes.entries { try append(entry) }
        for work in writes.workAdded { try put(work) }
        for state in writes.pluginStates { try put(state) }
        if let answer = writes.idempotentAnswer { try put(answer) }
        if !writes.plugins.isEmpty || !writes.pluginsDeleted.isEmpty { try writePlugins(writes) }
        for type in writes.documentTypes { try put(type) }
        for client in writes.clients { try insert(client) }
        if let later = writes.later { try write(later) }
        // Last: a head is kept in memory until the commit, so nothing may fail after it.
        if let snapshot = writes.head, let links = pending?.links {
            pending = nil
            try write(head: snapshot, isDeletion: writes.deletesDocument, links: links, over: latest)
        }
    }

    /// Appends to the ledger.
    func append(_ entry: LedgerEntry) throws {
        try begin()
        let salt = salts.next()
        let commitment = Commitment.entry(salt: salt, actorName: entry.actor.name, body: entry.payload)
        var plugin = entry.plugin
        // The index by actor leaves plugins out, since this column finds them.
        if plugin == nil, entry.actor.kind == .plugin { plugin = PluginID(parsing: entry.actor.id) }
        let previous = try link(nextEntry, to: entry.document, \.entry)
        let statement = statements.insertEntry
        statement.bind(nextEntry)
        statement.bind(entry.time)
        statement.bind(entry.kind.rawValue)
        statement.bind(entry.actor.kind.rawValue)
        statement.bind(entry.actor.id)
        statement.bind(plugin)
        statement.bind(entry.document)
        statement.bind(previous)
        statement.bind(entry.revision)
        statement.bind(entry.exchange)
        statement.bind(entry.event)
        statement.bind(entry.cause)
        statement.bind(entry.op)
        commitment.withUnsafeBytes { statement.bind(blob: $0) }
        if let matching = entry.matching { matching.bind(to: statement) }
        try statement.run()

        let payload = statements.insertPayload
        payload.bind(nextEntry)
        payload.bind(blob: salt)
        payload.bind(entry.actor.name)
        payload.bind(text: entry.payload)
        try payload.run()
        nextEntry += 1
    }

    // MARK: Exchanges

    private func begin(_ exchange: ExchangeRecord) throws {
        let previous = try link(nextExchange, to: exchange.document, \.exchange)
        let statement = statements.beginExchange
        statement.bind(nextExchange)
        statement.bind(exchange.id)
        statement.bind(exchange.plugin)
        statement.bind(exchange.document)
        statement.bind(previous)
        statement.bind(exchange.phase?.rawValue)
        statement.bind(exchange.revision)
        statement.bind(exchange.time)
        statement.bind(exchange.pluginName)
        statement.bind(exchange.pluginVersion)
        statement.bind(text: exchange.encodedEvents())
        if let matching = exchange.matching { matching.bind(to: statement) }
        try statement.run()
        exchangesUnderWay[exchange.id] = nextExchange
        nextExchange += 1
    }

    func end(_ exchange: ExchangeRecord) throws {
        let salt = salts.next()
        // Nothing was sent: nothing to commit to.
        let request = exchange.request.isEmpty ? nil : Commitment.body(exchange.request, salt: salt)
        let response = exchange.response.map { Commitment.body($0, salt: salt) }
        let seq: Int64
        if let begun = exchangesUnderWay[exchange.id] {
            seq = begun
            let statement = statements.endExchange
            statement.bind(exchange.revision)
            bindOutcome(exchange, request, response, to: statement)
            statement.bind(text: exchange.encodedDetail())
            statement.bind(seq)
            try statement.run()
            if exchange.phase == .before {
                statements.updateExchangeEvents.bind(text: exchange.encodedEvents())
                statements.updateExchangeEvents.bind(seq)
                try statements.updateExchangeEvents.run()
            }
            // One that is recorded in the middle stays under way.
            if exchange.outcome != nil { exchangesUnderWay[exchange.id] = nil }
        } else {
            seq = try put(exchange, request, response)
        }
        guard request != nil || response != nil else { return }
        let body = statements.putExchangeBody
        body.bind(seq)
        body.bind(blob: salt)
        body.bind(blob: exchange.request)
        body.bind(blob: exchange.response)
        try body.run()
    }

    /// One that was never begun, or ended before (a late answer).
    private func put(_ exchange: ExchangeRecord, _ request: SHA256Digest?, _ response: SHA256Digest?) throws -> Int64 {
        let known = statements.selectExchange
        known.bind(exchange.id)
        let seq: Int64
        var previous: Int64?
        if let found = try known.first({ $0.int64(0) }) {
            seq = found
        } else {
            seq = nextExchange
            nextExchange += 1
            previous = try link(seq, to: exchange.document, \.exchange)
        }
        let statement = statements.putExchange
        statement.bind(seq)
        statement.bind(exchange.id)
        statement.bind(exchange.plugin)
        statement.bind(exchange.document)
        statement.bind(previous)
        statement.bind(exchange.phase?.rawValue)
        statement.bind(exchange.revision)
        statement.bind(exchange.time)
        bindOutcome(exchange, request, response, to: statement)
        statement.bind(exchange.pluginName)
        statement.bind(exchange.pluginVersion)
        statement.bind(text: exchange.encodedEvents())
        statement.bind(text: exchange.encodedDetail())
        if let matching = exchange.matching { matching.bind(to: statement) }
        try statement.run()
        return seq
    }

    private func bindOutcome(
        _ exchange: ExchangeRecord,
        _ request: SHA256Digest?,
        _ response: SHA256Digest?,
        to statement: PreparedStatement
    ) {
        statement.bind(exchange.outcome?.rawValue)
        statement.bind(exchange.status)
        statement.bind(exchange.mutations)
        for commitment in [request, response] {
            if let commitment {
                commitment.withUnsafeBytes { statement.bind(blob: $0) }
            } else {
                statement.bindNull()
            }
        }
    }

    // MARK: The rest

    private func put(_ state: PluginState) throws {
        let statement = statements.putPluginState
        statement.bind(state.plugin)
        statement.bind(state.document)
        statement.bind(text: state.state.serialized())
        try statement.run()
        dirtyStates.append(PluginStateKey(plugin: state.plugin, document: state.document))
    }
}
