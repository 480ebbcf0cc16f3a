internal import Dispatch
internal import Foundation
internal import GRDB
internal import Logging
internal import NIOConcurrencyHelpers
internal import PluginHost

/// The thread that writes: takes all that waits, carries it out in one transaction, commits, answers.
///
/// Its own thread, since SQLite blocks while the disk works, which must not happen on the threads that tasks share. It holds GRDB's
/// writer connection for as long as the store is open.
final class Writer: Sendable {
    let queue: WriteQueue
    private let pool: DatabasePool
    private let caches: StoreCaches
    private let key: StoreKey
    private let options: StoreOptions
    private let lock: DatabaseLock
    private let logger: Logger
    private let counters = NIOLockedValueBox(StoreStatistics())
    private let failing = NIOLockedValueBox(false)
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
                    let log = WriteAheadLog(database)
                    let salts = SaltSource(options.randomBytes)
                    let session = try WriterSession(database, caches: caches, key: key, salts: salts)
                    started.signal()
                    work(session, log)
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

    // MARK: On the thread

    private func work(_ session: WriterSession, _ log: WriteAheadLog?) {
        var nextCheckpoint = options.checkpointPages
        while true {
            let isCheckpointDue = (log?.pageCount ?? 0) >= options.idleCheckpointPages
            switch queue.take(patience: isCheckpointDue ? .milliseconds(50) : nil) {
            case .jobs(let jobs):
                for start in stride(from: 0, to: jobs.count, by: options.batchLimit) {
                    carryOut(jobs[start..<min(start + options.batchLimit, jobs.count)], in: session)
                    if let log, log.pageCount >= nextCheckpoint {
                        // A reader that keeps old pages from being copied must not cost a checkpoint with each commit.
                        nextCheckpoint = options.checkpointPages + (checkpoint(log) ? 0 : log.pageCount)
                    }
                }
            case .idle:
                if let log { _ = checkpoint(log) }
            case .closed:
                pool.invalidateReadOnlyConnections()
                log?.checkpoint(truncates: true)
                return
            }
        }
    }

    private func checkpoint(_ log: WriteAheadLog) -> Bool {
        defer { counters.withLockedValue { $0.checkpoints += 1 } }
        return log.checkpoint()
    }

    private enum Result {
        case written(any WriteJob)
        case refused(any WriteJob, any Error)

        func repeatWrites(in session: WriterSession) throws {
            if case .written(let job) = self { try job.repeatWrites(in: session) }
        }

        func confirm() {
            switch self {
            case .written(let job): job.succeed()
            case .refused(let job, let error): job.fail(Writer.presentable(error))
            }
        }

        func undo() {
            if case .written(let job) = self { job.undo() }
        }

        func fail(_ error: HostError) {
            switch self {
            case .written(let job), .refused(let job, _): job.fail(error)
            }
        }
    }

    private func carryOut(_ jobs: ArraySlice<any WriteJob>, in session: WriterSession) {
        var results: [Result] = []
        results.reserveCapacity(jobs.count)
        for job in jobs {
            let writesBefore = session.writeCount
            do {
                try job.carryOut(in: session)
                results.append(.written(job))
            } catch {
                // The last decision is the first to be taken back, whatever becomes of those before it.
                job.undo()
                guard session.writeCount != writesBefore else {
                    // Answered after the commit as well: it may rest on a revision that is not durable yet.
                    results.append(.refused(job, error))
                    continue
                }
                if let failure = error as? SQLFailure, !failure.concernsStatement {
                    results.append(.refused(job, error))
                    abandon(results, of: session, because: failure)
                } else {
                    undo(job, because: error, keeping: results, in: session)
                }
                results.removeAll(keepingCapacity: true)
            }
        }
        commit(results, of: session)
    }

    /// Takes back one job that had written something, and commits those before it.
    ///
    /// A savepoint for each job would cost all of them what only a broken one should.
    private func undo(
        _ job: any WriteJob,
        because error: any Error,
        keeping results: [Result],
        in session: WriterSession
    ) {
        do {
            try session.rollback()
            for result in results { try result.repeatWrites(in: session) }
        } catch {
            abandon(results + [.refused(job, error)], of: session, because: error)
            return
        }
        commit(results + [.refused(job, error)], of: session)
    }

    private func commit(_ results: [Result], of session: WriterSession) {
        guard !results.isEmpty else { return }
        let wrote = session.isOpen
        do {
            try session.commit()
        } catch {
            abandon(results, of: session, because: error)
            return
        }
        let written = results.count { if case .written = $0 { true } else { false } }
        counters.withLockedValue { counters in
            if wrote { counters.commits += 1 }
            counters.decisions += written
        }
        if wrote { failing.withLockedValue { $0 = false } }
        queue.finished(results.count)
        for result in results { result.confirm() }
    }

    private func abandon(_ results: [Result], of session: WriterSession, because error: any Error) {
        logger.error("a transaction failed", metadata: ["error": "\(error)", "changes": "\(results.count)"])
        do {
            try session.rollback()
        } catch {
            logger.error("a failed transaction could not be rolled back", metadata: ["error": "\(error)"])
        }
        for result in results.reversed() { result.undo() }
        failing.withLockedValue { $0 = true }
        counters.withLockedValue { $0.failedCommits += 1 }
        queue.finished(results.count)
        let error = HostError(
            .storeUnavailable,
            "the database took no write: \(error)",
            hint: "nothing of the change was made; try again once the disk has room and works"
        )
        for result in results { result.fail(error) }
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
