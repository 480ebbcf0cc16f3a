internal import Dispatch
internal import GRDB
internal import Glibc
internal import Logging
internal import NIOConcurrencyHelpers
internal import PluginHost

/// What the writer's thread does: takes what waits, decides and writes it in one transaction, commits, has the disk waited for, answers.
///
/// Two commits overlap: while the disk works on one, the jobs of the next are decided and written already, on top of
/// what is not durable yet; they are committed when the disk is done. So neither the processor nor the disk waits for the
/// other, and the busier the disk, the more jobs share a commit. Nothing is answered before it is durable.
final class WriterLoop {
    private let writer: Writer
    private let session: WriterSession
    private let log: WriteAheadLog?
    private var syncer: LogSyncer?
    private var nextCheckpoint: Int
    // Carried out in the open transaction.
    private var open: [Commit.Result] = []
    // The disk is being waited for.
    private var settling: Commit?
    // Why no more is written.
    private var breakdown: HostError?
    // A failed transaction could not be taken back, or what is stored could not be read since.
    private var isRollbackDue = false

    private var queue: WriteQueue { writer.queue }
    private var options: StoreOptions { writer.options }

    init(_ writer: Writer, _ session: WriterSession, _ log: WriteAheadLog?) {
        self.writer = writer
        self.session = session
        self.log = log
        nextCheckpoint = writer.options.checkpointPages
    }

    /// Works until the queue is closed and empty.
    func run() {
        defer { syncer?.stop() }
        while true {
            if settling == nil, !open.isEmpty { commit() }
            let isIdle = settling == nil && open.isEmpty
            let isCheckpointDue = isIdle && breakdown == nil && (log?.pageCount ?? 0) >= options.idleCheckpointPages
            let work = queue.take(
                limit: options.batchLimit - open.count,
                isSyncing: settling != nil,
                patience: isCheckpointDue ? .milliseconds(50) : nil
            )
            switch work {
            case .jobs(let jobs): for job in jobs { carryOut(job) }
            case .synced(let result): settle(result)
            case .idle: checkpoint()
            case .closed:
                if breakdown == nil {
                    writer.pool.invalidateReadOnlyConnections()
                    log?.checkpoint(truncates: true)
                }
                return
            }
        }
    }

    private func carryOut(_ job: any WriteJob) {
        if let breakdown {
            queue.finished(1)
            return job.fail(breakdown)
        }
        if isRollbackDue { rollBack() }
        guard !isRollbackDue else {
            queue.finished(1)
            return job.fail(
                HostError(
                    .storeUnavailable,
                    "the database cannot be read since a transaction failed",
                    hint: "nothing of the change was made; try again once the disk works"
                )
            )
        }
        let writesBefore = session.writeCount
        do {
            try job.carryOut(in: session)
            open.append(.written(job))
        } catch {
            // The last decision is the first to be taken back, whatever becomes of those before it.
            job.undo()
            guard session.writeCount != writesBefore else {
                open.append(.refused(job, error))
                // After an I/O error or on a full disk SQLite takes back a transaction even if it only read.
                if session.isTakenBack { abandon(because: error) }
                return
            }
            if let failure = error as? SQLFailure, !failure.concernsStatement {
                open.append(.refused(job, error))
                abandon(because: failure)
            } else {
                undo(job, because: error)
            }
        }
    }

    /// Takes back one job that had written something, and commits those before it.
    ///
    /// A savepoint for each job would cost all of them what only a broken one should.
    private func undo(_ job: any WriteJob, because error: any Error) {
        open.append(.refused(job, error))
        do {
            try session.rollback()
            for result in open { try result.repeatWrites(in: session) }
        } catch {
            return abandon(because: error)
        }
        // At once, or many broken jobs would have the same writes repeated again and again.
        while settling != nil, case .synced(let result) = queue.take(limit: 0, isSyncing: true, patience: nil) {
            settle(result)
        }
        commit()
    }

    // MARK: Committing

    /// Commits the open transaction; the one before it is durable.
    private func commit() {
        guard !open.isEmpty else { return }
        let number = session.isOpen ? writer.durability.begin() : nil
        do {
            let (news, debt) = try session.commit(log)
            let commit = Commit(number: number, results: open, news: news)
            open = []
            if number != nil { writer.failing.withLockedValue { $0 = false } }
            switch debt {
            case .none: finish(commit)
            case .lost: breakDown(commit, because: "the write-ahead log failed after a commit")
            case .sync(let file): wait(for: file, commit)
            }
        } catch {
            if let number { writer.durability.end(number) }
            abandon(because: error)
        }
        if settling == nil { checkpointIfLong() }
    }

    private func wait(for file: LogFile, _ commit: Commit) {
        let sync = options.sync
        // A lone change is answered sooner without another thread, and a checkpoint needs the log at rest.
        let isLone = commit.results.count == 1 && queue.isEmpty
        if isLone || isLong {
            let result = sync(file.sync)
            if result == 0 { return finish(commit) }
            return breakDown(commit, because: Self.message(result))
        }
        let syncer = syncer ?? LogSyncer()
        self.syncer = syncer
        settling = commit
        syncer.run { [writer] in
            let result = sync(file.sync)
            if result == 0 { commit.finish(writer) }
            writer.queue.synced(result)
        }
    }

    private func finish(_ commit: Commit) {
        commit.finish(writer)
        session.settled()
    }

    private func settle(_ result: Int32) {
        guard let commit = settling else { return }
        settling = nil
        guard result == 0 else { return breakDown(commit, because: Self.message(result)) }
        session.settled()
        checkpointIfLong()
    }

    // MARK: Failing

    /// Fails the open transaction; what was committed before stands.
    private func abandon(because error: any Error) {
        let error = HostError(
            .storeUnavailable,
            "the database took no write: \(error)",
            hint: "nothing of the change was made; try again once the disk has room and works"
        )
        fail(open, error)
        open = []
    }

    /// Fails a commit that the disk may have lost, and all that comes after it.
    ///
    /// The system forgets what it could not write: asking again would say that all is well. Only reading the
    /// files anew, by a new start, shows what is really there.
    private func breakDown(_ commit: Commit, because message: String) {
        let error = HostError(
            .storeUnavailable,
            "the disk failed while it was to make changes durable: \(message)",
            hint:
                "whether the change was kept shows once the administrator has repaired the disk and started the host again"
        )
        breakdown = error
        log?.keep()
        fail(commit.results + open, error)
        open = []
        session.settled()
        writer.durability.fail(error)
    }

    private func fail(_ results: [Commit.Result], _ error: HostError) {
        writer.logger.error(
            "a transaction failed",
            metadata: ["error": "\(error.message)", "changes": "\(results.count)"]
        )
        rollBack()
        for result in results.reversed() { result.undo() }
        writer.failing.withLockedValue { $0 = true }
        writer.counters.withLockedValue { $0.failedCommits += 1 }
        queue.finished(results.count)
        for result in results { result.fail(error) }
    }

    /// Takes the open transaction back and reads anew what is stored; stays due if that fails.
    private func rollBack() {
        do {
            try session.rollback()
            isRollbackDue = false
        } catch {
            isRollbackDue = true
            writer.logger.error("a failed transaction could not be rolled back", metadata: ["error": "\(error)"])
        }
    }

    private static func message(_ code: Int32) -> String { String(cString: strerror(code)) }

    // MARK: Checkpoints

    /// Whether the log should be checkpointed before more is written to it.
    private var isLong: Bool { log.map { $0.pageCount >= nextCheckpoint } ?? false }

    private func checkpointIfLong() {
        guard let log, isLong, breakdown == nil, !session.isOpen else { return }
        // A reader that keeps old pages from being copied must not cost a checkpoint with each commit.
        nextCheckpoint = options.checkpointPages + (checkpoint() ? 0 : log.pageCount)
    }

    @discardableResult
    private func checkpoint() -> Bool {
        defer { writer.counters.withLockedValue { $0.checkpoints += 1 } }
        return log?.checkpoint() ?? false
    }
}
