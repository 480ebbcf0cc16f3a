internal import Dispatch
internal import Foundation
internal import GRDB
internal import Logging
internal import NIOConcurrencyHelpers
internal import PluginHost

/// The thread that writes, from its start to its end; what it does is in ``WriterLoop``.
///
/// Its own thread, since SQLite blocks while the disk works, which must not happen on the threads that tasks share. It holds GRDB's
/// writer connection for as long as the store is open.
final class Writer: Sendable {
    let queue: WriteQueue
    let pool: DatabasePool
    let caches: StoreCaches
    let options: StoreOptions
    let logger: Logger
    let durability = DurabilityGate()
    let counters = NIOLockedValueBox(StoreStatistics())
    let failing = NIOLockedValueBox(false)
    private let key: StoreKey
    private let lock: DatabaseLock
    private let end = NIOLockedValueBox<(isOver: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    init(
        pool: DatabasePool,
        caches: StoreCaches,
        key: StoreKey,
        options: StoreOptions,
        lock: DatabaseLock,
        logger: Logger
    ) {
        self.pool = pool
        self.caches = caches
        self.key = key
        self.options = options
        self.lock = lock
        self.logger = logger
        queue = WriteQueue(limit: options.queueLimit)
    }

    var statistics: StoreStatistics {
        var statistics = counters.withLockedValue { $0 }
        statistics.waiting = queue.waiting
        return statistics
    }

    /// Whether the last transaction failed as a whole.
    var isFailing: Bool { failing.withLockedValue { $0 } }

    /// Starts the thread and waits until it can write.
    ///
    /// - Throws: what keeps it from writing; the thread has ended then.
    func start() throws {
        let started = DispatchSemaphore(value: 0)
        let failure = NIOLockedValueBox<(any Error)?>(nil)
        let thread = Thread { [self] in
            pool.writeWithoutTransaction { database in
                do {
                    let salts = SaltSource(options.randomBytes)
                    let session = try WriterSession(database, caches: caches, key: key, salts: salts)
                    let log = WriteAheadLog(database, separatesSyncs: options.durability == .full)
                    started.signal()
                    WriterLoop(self, session, log).run()
                } catch {
                    failure.withLockedValue { $0 = error }
                }
            }
            finish()
            started.signal()
        }
        thread.name = "store-writer"
        // Decisions read and write documents that may be deeply nested.
        thread.stackSize = 8 << 20
        thread.start()
        started.wait()
        if let error = failure.withLockedValue({ $0 }) { throw error }
    }

    /// Waits for the end of the thread, after ``WriteQueue/close()``.
    func join() async {
        await withCheckedContinuation { continuation in
            let isOver = end.withLockedValue { end in
                if !end.isOver { end.waiting.append(continuation) }
                return end.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    private func finish() {
        do {
            try pool.close()
        } catch {
            logger.error("the database was not closed in order", metadata: ["error": "\(error)"])
        }
        lock.release()
        let waiting = end.withLockedValue { end in
            end.isOver = true
            defer { end.waiting = [] }
            return end.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// An error as callers of the store may see it.
    static func presentable(_ error: any Error) -> any Error {
        switch error {
        case let failure as SQLFailure where failure.concernsStatement:
            HostError(.internalError, "the database refused a write: \(failure)")
        case let failure as SQLFailure: HostError(.storeUnavailable, "the database does not work: \(failure)")
        case let error as StoreError: HostError(.internalError, error.description)
        case let error as DatabaseError:
            HostError(.storeUnavailable, "the database does not work: SQLite \(error.extendedResultCode)")
        default: error
        }
    }
}
