public import DocumentModel
internal import Foundation
internal import GRDB
internal import JSONSchema
public import Logging
public import PluginHost
internal import PluginProtocol

/// The host's store in one SQLite database.
///
/// One thread and one connection do all writing and all checkpoints; whatever waits while the disk is busy shares the next
/// commit. Reads run on connections of their own and see what is durable; latest revisions and plugins' states mostly come from memory.
///
/// Files: the database, `-wal` and `-shm` beside it while it is open, `.lock`, and `.key` if ``StoreKey`` made it.
///
/// `Sendable`; may be called from everywhere. End it with ``close()``.
public final class SQLiteStore: HostStore {
    /// How long an answer is kept for an idempotency key, in milliseconds: 24 hours.
    static let idempotencyLifetime: Int64 = 24 * 60 * 60 * 1000

    let pool: DatabasePool
    let caches: StoreCaches
    let key: StoreKey
    let nonceLimit: Int
    private let writer: Writer

    /// Opens a database, making it first if there is none, and brings it to this version.
    ///
    /// Blocks for as long as that takes.
    ///
    /// - Parameters:
    ///   - path: of the database; its folder must exist.
    ///   - key: for plugins' secrets; the same each time.
    ///   - options: what an operator decides.
    ///   - logger: told of failed transactions.
    /// - Throws: ``StoreError``.
    public convenience init(
        path: String,
        key: StoreKey,
        options: StoreOptions = StoreOptions(),
        logger: Logger = Logger(label: "pluginhost.store")
    ) throws {
        let lock = try DatabaseLock(database: path)
        do {
            let pool = try DatabaseFile.open(path, key: key, options: options)
            try self.init(pool: pool, key: key, options: options, lock: lock, logger: logger)
        } catch {
            lock.release()
            throw DatabaseFile.presentable(error, path: path)
        }
    }

    private init(
        pool: DatabasePool,
        key: StoreKey,
        options: StoreOptions,
        lock: DatabaseLock,
        logger: Logger
    ) throws {
        self.pool = pool
        self.key = key
        nonceLimit = options.nonceLimit
        caches = StoreCaches(bytes: options.cacheBytes)
        writer = Writer(pool: pool, caches: caches, key: key, options: options, lock: lock, logger: logger)
        try writer.start()
    }

    deinit { writer.queue.close() }

    /// Admits no more writes, carries out those that wait, checkpoints, closes the database and lets go of its lock.
    ///
    /// Calls after that throw ``HostError`` of code `shutting-down`. May be called again.
    public func close() async {
        writer.queue.close()
        await writer.join()
    }

    /// What the store has done so far.
    public var statistics: StoreStatistics { writer.statistics }

    // MARK: Writing

    /// Runs a decision on the writer and makes durable what it wants, see ``HostStore/write(document:undo:_:)``.
    ///
    /// A task that is cancelled does not take its decision back. Throws ``HostError`` of code `overloaded` when too
    /// many decisions wait already, `shutting-down` after ``close()``.
    public func write<Value: Sendable>(
        document: DocumentID?,
        undo: @escaping @Sendable (Value) -> Void,
        _ decide: @escaping @Sendable (DocumentSnapshot?) throws -> (Writes, Value)
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(Decision(document: document, decide: decide, undo: undo, continuation: continuation))
        }
    }

    /// Ends exchanges that a former run left under way, see ``HostStore/markInterrupted(now:)``.
    ///
    /// The reason goes to the ledger as `exchange.failed` with
    /// the payload `{"outcome": "interrupted", "message": …}`.
    public func markInterrupted(now: Timestamp) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(Housekeeping(continuation: continuation) { try $0.markInterrupted(now: now) })
        }
    }

    /// Whether the store takes writes.
    ///
    /// After a transaction that failed, this tries one.
    public func isReady() async -> Bool {
        guard writer.isFailing else { return !writer.queue.isClosed }
        let probe: Void? = try? await withCheckedThrowingContinuation { continuation in
            enqueue(Housekeeping(continuation: continuation) { try $0.probe() })
        }
        return probe != nil
    }

    /// What the writing connection answers to a `PRAGMA`; for tests, since such settings are not visible from outside.
    func setting(_ pragma: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(Housekeeping(continuation: continuation) { try $0.setting(pragma) })
        }
    }

    func enqueue(_ job: some WriteJob) {
        switch writer.queue.add(job) {
        case .admitted: break
        case .full:
            job.fail(HostError(.overloaded, "too many changes wait to be written", hint: "try again in a moment"))
        case .closed:
            job.fail(HostError(.shuttingDown, "the host is stopping"))
        }
    }

    // MARK: Reading

    /// Runs queries on a reader's queue, all on one state of the database.
    func read<Value: Sendable>(_ query: @Sendable (Database) throws -> Value) async throws -> Value {
        let result: Result<Value, any Error>
        do {
            result = .success(try await pool.read(query))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
            throw HostError(.shuttingDown, "the host is stopping")
        } catch {
            result = .failure(Writer.presentable(error))
        }
        // SQLite shows a commit to readers before this store calls it durable, and what a query says by throwing rests on what it saw, too.
        try await writer.durability.wait()
        return try result.get()
    }
}
