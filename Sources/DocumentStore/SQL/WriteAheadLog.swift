internal import GRDB
internal import GRDBSQLite

/// Watches how long the write-ahead log is, and checkpoints it.
///
/// SQLite's own automatic checkpoint would stop a commit every 1,000 pages, each few hundred changes. The writer decides instead, and it alone
/// checkpoints: before 3.51.3 SQLite could lose commits when two connections did ("WAL-reset bug").
final class WriteAheadLog {
    private let connection: OpaquePointer
    private let pages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    /// Takes over from the automatic checkpoint of this connection.
    init?(_ database: Database) {
        guard let connection = database.sqliteConnection else { return nil }
        self.connection = connection
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
