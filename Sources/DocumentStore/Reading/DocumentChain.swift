internal import DocumentModel
internal import GRDB

/// All ledger entries or exchanges that concern one document, newest first.
///
/// Follows `previous` from the document's row. What came before the document was made has no row to be chained to and is found by
/// the index over rows without `previous`, to which the end of the chain belongs, too.
struct DocumentChain {
    enum Table: String {
        case entry
        case exchange

        fileprivate var start: String { "last_\(rawValue)" }
    }

    let table: Table
    let document: DocumentID
    /// Only what is older is wanted.
    let position: Int64

    /// Reads rows until `read` has enough.
    ///
    /// - Parameters:
    ///   - database: the connection.
    ///   - query: which columns, and which rows of the chain.
    ///   - columnCount: how many columns `query` has.
    ///   - read: gets each row; returns whether more are wanted.
    /// - Throws: what SQLite says, ``StoreError`` if the chain is broken, and what `read` throws.
    func scan(
        _ database: Database,
        _ query: ListQuery,
        columnCount: Int32,
        _ read: (PreparedStatement) throws -> Bool
    ) throws {
        let link = try PreparedStatement(
            database,
            """
            SELECT \(query.columns), \(table.rawValue).previous, \(query.condition) FROM \(query.tables)
            WHERE \(table.rawValue).seq = ?
            """
        )
        var next = try start(database)
        // Where the chain ends; what is older was never chained.
        var end = position
        while let seq = next {
            query.bind(to: link)
            link.bind(seq)
            let step = try link.first { row in
                let isWanted = seq < position && row.int(columnCount + 1) != 0
                return (goesOn: isWanted ? try read(row) : true, previous: row.optionalInt64(columnCount))
            }
            guard let step else { throw StoreError(.corrupt, "\(table) \(seq) of \(document) is missing") }
            guard step.goesOn else { return }
            next = step.previous
            end = min(end, seq)
        }
        var rest = query
        rest.add("\(table.rawValue).document = ?") { [document] in $0.bind(document) }
        rest.add("\(table.rawValue).previous IS NULL")
        rest.add("\(table.rawValue).seq < ?") { [end] in $0.bind(end) }
        try rest.statement(database, order: "\(table.rawValue).seq", limit: nil).scan(read)
    }

    /// Reads the newest rows.
    func first<Value>(
        _ limit: Int,
        _ database: Database,
        _ query: ListQuery,
        columnCount: Int32,
        _ read: (PreparedStatement) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try scan(database, query, columnCount: columnCount) { row in
            values.append(try read(row))
            return values.count < limit
        }
        return values
    }

    /// The newest row that may be wanted.
    private func start(_ database: Database) throws -> Int64? {
        if position != .max {
            let before = try PreparedStatement(
                database,
                "SELECT previous FROM \(table.rawValue) WHERE seq = ? AND document = ?"
            )
            before.bind(position)
            before.bind(document)
            if let found = try before.first({ $0.optionalInt64(0) }) { return found }
            // A cursor of a list with another filter: from the top, then.
        }
        let newest = try PreparedStatement(database, "SELECT \(table.start) FROM document WHERE id = ?")
        newest.bind(document)
        return try newest.first { $0.optionalInt64(0) } ?? nil
    }
}
