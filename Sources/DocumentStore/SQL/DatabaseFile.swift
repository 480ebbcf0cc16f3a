internal import CWriteAheadLog
internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// Opens database files: settings, checks, migrations.
enum DatabaseFile {
    private static let keyCheck = "key-check"

    /// Opens for reading and writing; the caller holds the lock.
    static func open(_ path: String, key: StoreKey, options: StoreOptions) throws -> DatabasePool {
        try checkHeader(path)
        // Refused where SQLite is in use already: then it only costs more.
        _ = sqlite_without_memory_statistics()
        var configuration = Configuration()
        configuration.label = "store"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = max(options.readers, 1)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA foreign_keys = ON;
                    PRAGMA secure_delete = ON;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -16384;
                    """
            )
        }
        // The pool opens its writing connection now and those that read later, which need no layer.
        guard wal_layer_install() == SQLITE_OK else {
            throw StoreError(.cannotOpen, "SQLite has no way to open files")
        }
        defer { wal_layer_uninstall() }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            // Here and not above, since GRDB asks for NORMAL when it turns the write-ahead log on.
            try database.execute(
                sql: """
                    PRAGMA synchronous = \(options.durability.rawValue);
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA journal_size_limit = 67108864;
                    """
            )
            if let pages = options.pageLimit { try database.execute(sql: "PRAGMA max_page_count = \(pages)") }
            try checkVersion(database, path: path)
        }
        try Migrations.all.migrate(pool)
        try pool.write { try check(key, in: $0, path: path) }
        return pool
    }

    /// Opens a database read-only, without its lock: as `audit verify` does, also while a host is running.
    static func openReadOnly(_ path: String) throws -> DatabaseQueue {
        try checkHeader(path)
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { try checkVersion($0, path: path) }
        return queue
    }

    /// Looks at the file itself, before SQLite does: it would make a damaged file's owner wonder.
    ///
    /// Source: "Database File Format", section 1.3.
    private static func checkHeader(_ path: String) throws {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        guard let header = try? file.read(upToCount: 72), !header.isEmpty else { return }
        guard header.starts(with: Array("SQLite format 3\0".utf8)), header.count == 72 else {
            throw StoreError(.notOurs, "\(path) is not a SQLite database", hint: "name another file")
        }
        let id = header[68..<72].reduce(0) { $0 << 8 | Int32($1) }
        // 0: just made, not migrated yet; the version check looks further.
        guard id == Migrations.applicationID || id == 0 else {
            throw StoreError(.notOurs, "\(path) is a database of another application", hint: "name another file")
        }
    }

    private static func checkVersion(_ database: Database, path: String) throws {
        let tables = try String.fetchSet(database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
        guard !tables.isEmpty else { return }
        let id = try Int32.fetchOne(database, sql: "PRAGMA application_id")
        guard id == Migrations.applicationID else {
            throw StoreError(.notOurs, "\(path) is a database of another application", hint: "name another file")
        }
        let applied = try Migrations.all.appliedIdentifiers(database)
        let known = Set(Migrations.all.migrations)
        guard let unknown = applied.subtracting(known).max() else { return }
        throw StoreError(
            .newerVersion,
            "\(path) was written by a newer version (it has \(unknown); this version knows \(known.max() ?? "none"))",
            hint: "install that version, or restore a backup made before"
        )
    }

    private static func check(_ key: StoreKey, in database: Database, path: String) throws {
        let sealed = try Data.fetchOne(database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [keyCheck])
        guard let sealed else {
            let value = try key.seal(Array(keyCheck.utf8), for: .check, context: keyCheck)
            try database.execute(
                sql: "INSERT INTO setting (name, value) VALUES (?, ?)",
                arguments: [keyCheck, Data(value)]
            )
            return
        }
        guard (try? key.open(Array(sealed), for: .check, context: keyCheck)) != nil else {
            throw StoreError(
                .wrongKey,
                "the database \(path) was made with another key",
                hint: "put its own \(path).key back, or give the key it was made with"
            )
        }
    }

    /// An error of opening as operators may see it.
    static func presentable(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let message = "\(path): \(error.message ?? "SQLite \(error.extendedResultCode)")"
        switch error.resultCode {
        case .SQLITE_NOTADB: return StoreError(.notOurs, message)
        case .SQLITE_CORRUPT: return StoreError(.corrupt, message, hint: "restore a backup")
        default: return StoreError(.cannotOpen, message)
        }
    }
}
