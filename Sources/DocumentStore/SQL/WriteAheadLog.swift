internal import CWriteAheadLog
internal import GRDB
internal import GRDBSQLite

/// Watches how long the write-ahead log is, and checkpoints it.
///
/// SQLite's own automatic checkpoint would stop a commit every 1,000 pages, each few hundred changes. The writer decides instead, and it alone
/// checkpoints: before 3.51.3 SQLite could lose commits when two connections did ("WAL-reset bug").
final class WriteAheadLog {
    /// What has to happen after a commit before it can be acknowledged.
    enum Debt {
        /// Nothing: it is as durable as the store's options ask for.
        case none
        /// The log has to be synced, by any thread.
        case sync(LogFile)
        /// The log took the commit and then failed.
        case lost
    }

    private let connection: OpaquePointer
    private let pages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    private let file: LogFile?

    /// Takes over from the automatic checkpoint of this connection.
    ///
    /// - Parameters:
    ///   - database: a connection that has read or written.
    ///   - separatesSyncs: whether ``commit(_:)`` leaves the sync to the caller.
    init?(_ database: Database, separatesSyncs: Bool) {
        guard let connection = database.sqliteConnection else { return nil }
        self.connection = connection
        file = separatesSyncs ? wal_file(UnsafeMutableRawPointer(connection)).map(LogFile.init(handle:)) : nil
        pages.initialize(to: 0)
        sqlite3_wal_hook(
            connection,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            },
            pages
        )
    }

    deinit {
        sqlite3_wal_hook(connection, nil, nil)
        pages.deallocate()
    }

    /// How many pages were in the log after the last commit.
    var pageCount: Int { Int(pages.pointee) }

    /// Runs a `COMMIT`; what it writes goes to the log in one piece.
    ///
    /// - Returns: what is left to do until it is durable.
    /// - Throws: what the commit throws; nothing was committed then.
    func commit(_ commit: () throws -> Void) throws -> Debt {
        guard let file else {
            try commit()
            return .none
        }
        wal_hold(file.handle)
        do {
            try commit()
        } catch {
            _ = wal_release(file.handle)
            throw error
        }
        return switch wal_release(file.handle) {
        case 0: .none
        case 1: .sync(file)
        default: .lost
        }
    }

    /// Lets nothing be copied into the database any more, not even by SQLite when the connection is closed.
    func keep() { wal_keep(UnsafeMutableRawPointer(connection)) }

    /// Copies into the database what no reader keeps from it.
    ///
    /// - Parameter truncates: waits for readers, then empties the log's file.
    /// - Returns: whether all could be copied.
    @discardableResult
    func checkpoint(truncates: Bool = false) -> Bool {
        var (all, copied): (Int32, Int32) = (0, 0)
        let mode = truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        let code = sqlite3_wal_checkpoint_v2(connection, nil, mode, &all, &copied)
        guard code == SQLITE_OK, all == copied else { return false }
        // The next commit starts the log anew; until then nothing is left to do.
        pages.pointee = 0
        return true
    }
}

/// The log's file, for waiting until it is on the disk.
///
/// `@unchecked`: that one operation may run on any thread, see `CWriteAheadLog.h`.
struct LogFile: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    /// Waits until all that was committed before this call is on the disk.
    ///
    /// - Returns: 0 or an `errno`.
    func sync() -> Int32 { wal_sync(handle) }
}
