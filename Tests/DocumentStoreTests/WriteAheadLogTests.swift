import GRDB
import GRDBSQLite
import Testing

@testable import DocumentStore

/// What becomes of syncs that are owed, at the level of SQLite's file of the log.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct WriteAheadLogTests {
    /// SQLite shortens a log that starts anew after the commit's last sync, and does not mind if that fails.
    ///
    /// The first sync is the new header's, the second comes before the log is shortened.
    @Test(arguments: [nil, 2]) func syncThatFailsBeforeTheLogIsShortenedIsNoCommit(failing: Int?) throws {
        let fixture = try StoreFixture(.file)
        let pool = try DatabaseFile.open(fixture.path, key: fixture.key, options: fixture.options)
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_size_limit = 8192")
            let log = try #require(WriteAheadLog(database, separatesSyncs: true))
            func commit() throws -> WriteAheadLog.Debt {
                try database.execute(
                    sql: "BEGIN; INSERT OR REPLACE INTO setting (name, value) VALUES ('probe', randomblob(40000))"
                )
                return try log.commit { try database.execute(sql: "COMMIT") }
            }
            for _ in 0..<3 { _ = try commit() }
            #expect(log.checkpoint())
            let faults = try #require(SyncFaults(database, failing: failing))
            defer { faults.end() }
            let debt = try commit()
            #expect(faults.syncs == 2)
            switch debt {
            case .none: #expect(failing == nil)
            case .lost: #expect(failing != nil)
            case .sync: Issue.record("the log was not shortened")
            }
        }
        try pool.close()
    }
}

/// Counts the syncs that reach the system's file of a connection's log, and lets one of them fail.
private final class SyncFaults {
    private typealias Methods = UnsafePointer<sqlite3_io_methods>

    // For the C function below, which gets no context; one object at a time, on one thread.
    nonisolated(unsafe) private static var current: SyncFaults?

    private let file: UnsafeMutablePointer<sqlite3_file>
    private let original: Methods
    private let methods: UnsafeMutablePointer<sqlite3_io_methods>
    private let failing: Int?
    private(set) var syncs = 0

    init?(_ database: Database, failing: Int?) {
        var outer: UnsafeMutablePointer<sqlite3_file>?
        guard
            sqlite3_file_control(database.sqliteConnection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &outer) == SQLITE_OK,
            let outer, let layer = sqlite3_vfs_find("pluginhost"), let system = sqlite3_vfs_find("unix")
        else { return nil }
        // The system's file follows the layer's own in memory.
        let offset = Int(layer.pointee.szOsFile - system.pointee.szOsFile)
        file = (UnsafeMutableRawPointer(outer) + offset).assumingMemoryBound(to: sqlite3_file.self)
        original = file.pointee.pMethods
        methods = .allocate(capacity: 1)
        methods.initialize(to: original.pointee)
        self.failing = failing
        methods.pointee.xSync = { file, flags in SyncFaults.current?.sync(file, flags) ?? SQLITE_IOERR }
        file.pointee.pMethods = Methods(methods)
        Self.current = self
    }

    func end() {
        file.pointee.pMethods = original
        Self.current = nil
        methods.deallocate()
    }

    private func sync(_ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32) -> Int32 {
        syncs += 1
        return syncs == failing ? SQLITE_IOERR | 4 << 8 : original.pointee.xSync(file, flags)
    }
}
