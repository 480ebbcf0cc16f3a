import GRDB
import Logging
import PluginHost
import Testing

@testable import DocumentStore

/// The writer's loop on the test's own thread, with jobs that do what decisions cannot.
@Suite(.timeLimit(.minutes(1)))
struct WriterLoopTests {
    private final class Job: WriteJob, @unchecked Sendable {
        // Touched by the test's thread only, which is the writer's too.
        private let body: (WriterSession) throws -> Void
        private let onFailure: () -> Void
        private(set) var hasSucceeded: Bool?

        init(_ body: @escaping (WriterSession) throws -> Void, onFailure: @escaping () -> Void = {}) {
            self.body = body
            self.onFailure = onFailure
        }

        func carryOut(in session: WriterSession) throws { try body(session) }
        func repeatWrites(in session: WriterSession) throws { try body(session) }
        func undo() {}
        func succeed() { hasSucceeded = true }

        func fail(_ error: any Error) {
            hasSucceeded = false
            onFailure()
        }
    }

    /// Opens a database, carries the jobs out in one batch, and gives the numbers of the ledger's entries.
    private func entries(after jobs: (Database) -> [Job]) throws -> [Int64] {
        let fixture = try StoreFixture()
        let pool = try DatabaseFile.open(fixture.path, key: fixture.key, options: fixture.options)
        let caches = StoreCaches(bytes: 1 << 20)
        let writer = Writer(
            pool: pool,
            caches: caches,
            key: fixture.key,
            options: fixture.options,
            lock: try DatabaseLock(database: fixture.path),
            logger: Logger(label: "test")
        )
        let entries = try pool.writeWithoutTransaction { database in
            for job in jobs(database) { _ = writer.queue.add(job) }
            writer.queue.close()
            let salts = SaltSource(fixture.options.randomBytes)
            let session = try WriterSession(database, caches: caches, key: fixture.key, salts: salts)
            WriterLoop(writer, session, WriteAheadLog(database, separatesSyncs: false)).run()
            return try Int64.fetchAll(database, sql: "SELECT seq FROM entry ORDER BY seq")
        }
        try pool.close()
        return entries
    }

    private func write(_ session: WriterSession) throws {
        var writes = Writes()
        writes.entries = [try Sample.entry(nil, kind: .pluginRegistered)]
        try session.write(writes)
    }

    /// What SQLite does when a statement that only reads meets an I/O error.
    private func failToRead(_ session: WriterSession) throws {
        try PreparedStatement(session.database, "ROLLBACK").run()
        throw SQLFailure(code: 10, message: "disk I/O error")
    }

    /// SQLite rolls a transaction back by itself also when a statement that only reads meets an I/O error: what was decided before is
    /// lost, and what comes after must not be written statement by statement.
    @Test func transactionThatAReadTookBackFailsAsAWhole() throws {
        let jobs = [Job(write), Job(failToRead), Job(write)]
        let entries = try entries { _ in jobs }
        #expect(jobs.map(\.hasSucceeded) == [false, false, true])
        #expect(entries == [1])
    }

    /// Numbers that were given out in a transaction that failed are given out again, also if the database could not be read at once.
    @Test func countersAreReadAgainOnceThatIsPossible() throws {
        var jobs: [Job] = []
        let entries = try entries { database in
            let hides = Job { session in
                try write(session)
                try PreparedStatement(session.database, "ROLLBACK").run()
                try session.database.execute(sql: "ALTER TABLE document RENAME TO hidden")
                throw SQLFailure(code: 10, message: "disk I/O error")
            } onFailure: {
                try? database.execute(sql: "ALTER TABLE hidden RENAME TO document")
            }
            jobs = [Job(write), hides, Job(write)]
            return jobs
        }
        #expect(jobs.map(\.hasSucceeded) == [false, false, true])
        #expect(entries == [1])
    }
}
