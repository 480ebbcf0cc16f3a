internal import DocumentModel
internal import GRDB
internal import GRDBSQLite

/// A statement driven through SQLite's C interface: values are bound in order, then it runs.
///
/// GRDB prepares and owns it. Its own way to bind (an array of database values each time) costs about as much as the insert itself, and the
/// writer runs some twenty statements for each change. Used by the thread or queue that owns the connection.
final class PreparedStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private let arena: BindArena?
    private var position: Int32 = 0
    private var bindFailure: Int32 = SQLITE_OK

    /// Prepares a statement, or takes it from the connection's cache.
    ///
    /// - Parameters:
    ///   - database: the connection.
    ///   - sql: one statement.
    ///   - arena: lends the values; without one SQLite copies them.
    /// - Throws: GRDB's error if the SQL is wrong.
    init(_ database: Database, _ sql: String, arena: BindArena? = nil) throws {
        statement = try database.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
        self.arena = arena
    }

    // MARK: Values, in the order of the statement's question marks

    func bind(_ value: Int64) { note(sqlite3_bind_int64(handle, next(), value)) }

    func bind(_ value: Int) { bind(Int64(value)) }

    func bind(_ value: Int?) {
        if let value { bind(Int64(value)) } else { bindNull() }
    }

    func bind(_ value: Int64?) {
        if let value { bind(value) } else { bindNull() }
    }

    func bind(_ value: Bool) { bind(value ? 1 : 0 as Int64) }

    func bind(_ value: Timestamp) { bind(value.millisecondsSince1970) }

    func bindNull() { note(sqlite3_bind_null(handle, next())) }

    func bind(_ value: String?) {
        guard var value else { return bindNull() }
        value.withUTF8 { bindText(UnsafeRawBufferPointer($0)) }
    }

    func bind<Kind>(_ value: Identifier<Kind>?) {
        guard let value else { return bindNull() }
        guard let arena, let memory = arena.reserve(IdentifierText.capacity) else { return bind(value.description) }
        let count = IdentifierText.write(value, to: memory)
        note(sqlite3_bind_text(handle, next(), memory.assumingMemoryBound(to: CChar.self), Int32(count), nil))
    }

    /// Binds UTF-8, such as JSON, as text.
    func bind(text value: [UInt8]?) {
        guard let value else { return bindNull() }
        value.withUnsafeBytes { bindText($0) }
    }

    func bind(blob value: [UInt8]?) {
        guard let value else { return bindNull() }
        value.withUnsafeBytes { bind(blob: $0) }
    }

    func bind(blob value: UnsafeRawBufferPointer) {
        // SQLite takes a null pointer for NULL.
        guard value.count > 0 else { return note(sqlite3_bind_zeroblob(handle, next(), 0)) }
        let (pointer, destructor) = lend(value)
        note(sqlite3_bind_blob64(handle, next(), pointer, UInt64(value.count), destructor))
    }

    private func bindText(_ value: UnsafeRawBufferPointer) {
        guard value.count > 0 else { return note(sqlite3_bind_text(handle, next(), "", 0, nil)) }
        let (pointer, destructor) = lend(value)
        note(
            sqlite3_bind_text64(
                handle,
                next(),
                pointer?.assumingMemoryBound(to: CChar.self),
                UInt64(value.count),
                destructor,
                UInt8(SQLITE_UTF8)
            )
        )
    }

    private func lend(_ value: UnsafeRawBufferPointer) -> (UnsafeRawPointer?, sqlite3_destructor_type?) {
        if let kept = arena?.keep(value) { return (kept, nil) }
        return (value.baseAddress, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
    }

    private func next() -> Int32 {
        position += 1
        return position
    }

    private func note(_ code: Int32) {
        if code != SQLITE_OK, bindFailure == SQLITE_OK { bindFailure = code }
    }

    // MARK: Running

    /// Runs a statement that gives no rows.
    func run() throws {
        defer { reset() }
        while try step() {}
    }

    /// Runs a statement to its first row.
    func first<Value>(_ read: (PreparedStatement) throws -> Value) throws -> Value? {
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    /// Runs a statement and reads all its rows.
    func all<Value>(_ read: (PreparedStatement) throws -> Value) throws -> [Value] {
        defer { reset() }
        var values: [Value] = []
        while try step() { values.append(try read(self)) }
        return values
    }

    /// Runs a statement until `read` says that it has enough.
    func scan(_ read: (PreparedStatement) throws -> Bool) throws {
        defer { reset() }
        while try step() {
            guard try read(self) else { return }
        }
    }

    private func step() throws -> Bool {
        guard bindFailure == SQLITE_OK else { throw failure(bindFailure) }
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    private func failure(_ code: Int32) -> SQLFailure {
        let connection = sqlite3_db_handle(handle)
        let extended = sqlite3_extended_errcode(connection)
        return SQLFailure(code: extended & 0xFF == code & 0xFF ? extended : code, connection: connection)
    }

    private func reset() {
        sqlite3_reset(handle)
        // What was lent goes away now; what is not bound again must not point to it.
        sqlite3_clear_bindings(handle)
        arena?.clear()
        position = 0
        bindFailure = SQLITE_OK
    }

    // MARK: Columns of the present row, from 0

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func isText(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_TEXT }

    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func int(_ column: Int32) -> Int { Int(int64(column)) }

    func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }

    func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }

    func timestamp(_ column: Int32) -> Timestamp { Timestamp(millisecondsSince1970: int64(column)) }

    /// The bytes of a blob or of a text's UTF-8; nil for NULL.
    func optionalBytes(_ column: Int32) -> [UInt8]? {
        guard !isNull(column) else { return nil }
        return withBytes(column) { Array($0) }
    }

    func bytes(_ column: Int32) -> [UInt8] { optionalBytes(column) ?? [] }

    func withBytes<Value>(_ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        let start = sqlite3_column_blob(handle, column)
        return try body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func optionalText(_ column: Int32) -> String? {
        guard !isNull(column) else { return nil }
        return withBytes(column) { String(decoding: $0, as: UTF8.self) }
    }

    func text(_ column: Int32) -> String { optionalText(column) ?? "" }

    func identifier<Kind>(_ column: Int32) throws -> Identifier<Kind> {
        let text = text(column)
        guard let identifier = Identifier<Kind>(parsing: text) else {
            throw StoreError(.corrupt, "\"\(text.prefix(40))\" is no identifier starting with \(Kind.prefix)")
        }
        return identifier
    }

    func optionalIdentifier<Kind>(_ column: Int32) throws -> Identifier<Kind>? {
        isNull(column) ? nil : try identifier(column)
    }
}

/// Writes identifiers into lent memory.
private enum IdentifierText {
    /// Room for any prefix and 26 characters.
    static let capacity = 40

    private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

    /// - Returns: how many bytes were written.
    static func write<Kind>(_ identifier: Identifier<Kind>, to memory: UnsafeMutableRawPointer) -> Int {
        var position = 0
        for byte in Kind.prefix.utf8 {
            memory.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
            position += 1
        }
        var (high, low) = (identifier.high, identifier.low)
        for place in stride(from: position + 25, through: position, by: -1) {
            memory.storeBytes(of: alphabet.utf8Start[Int(low & 31)], toByteOffset: place, as: UInt8.self)
            low = low >> 5 | high << 59
            high >>= 5
        }
        return position + 26
    }
}
