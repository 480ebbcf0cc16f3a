internal import GRDBSQLite

/// A statement that SQLite did not carry out.
///
/// Safe to log: SQLite's messages name tables and columns, not values.
struct SQLFailure: Error, CustomStringConvertible {
    /// SQLite's extended result code.
    let code: Int32
    let message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    init(code: Int32, connection: OpaquePointer?) {
        self.init(code: code, message: connection.map { String(cString: sqlite3_errmsg($0)) } ?? "")
    }

    /// Whether only this statement is at fault, not the disk or the database.
    var concernsStatement: Bool {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE: true
        default: false
        }
    }

    /// Whether a value that must be unique was there already.
    var isDuplicate: Bool {
        code == SQLITE_CONSTRAINT | 8 << 8 || code == SQLITE_CONSTRAINT | 6 << 8 || code == SQLITE_CONSTRAINT | 10 << 8
    }

    var description: String { "SQLite \(code): \(message)" }
}
