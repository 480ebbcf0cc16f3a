public import DocumentModel
internal import GRDB
internal import JSONSchema
public import PluginHost
public import PluginProtocol

/// What tells why plugins were asked or not.
extension SQLiteStore {
    /// The registry's generation, see ``HostStore/registryGeneration()``.
    public func registryGeneration() async throws -> Int {
        try await read { database in
            try PreparedStatement(database, "SELECT max(generation) FROM plugin_version").first { $0.int(0) } ?? 0
        }
    }

    /// Plugins as they were, see ``HostStore/plugins(in:from:limit:)``.
    public func plugins(in generation: Int, from first: PluginID?, limit: Int) async throws -> [PluginVersion] {
        try await read { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT plugin, name, state, manifest FROM plugin_version AS version
                WHERE plugin >= ? AND state IS NOT NULL AND generation = (
                    SELECT max(generation) FROM plugin_version WHERE plugin = version.plugin AND generation <= ?
                )
                ORDER BY plugin LIMIT ?
                """
            )
            statement.bind(first?.description ?? "")
            statement.bind(generation)
            statement.bind(limit)
            return try statement.all { row in
                do {
                    return PluginVersion(
                        plugin: try row.identifier(0),
                        name: row.text(1),
                        state: try storedName(row.text(2)),
                        manifest: try Manifest(json: StoredJSON.read(row.bytes(3)))
                    )
                } catch let error as ManifestError {
                    throw StoreError(.corrupt, "a manifest of \(row.text(0)) cannot be read: \(error)")
                }
            }
        }
    }

    /// The revision that raised an event, see ``HostStore/revision(of:)``.
    public func revision(of event: EventID) async throws -> RevisionRecord? {
        try await read { database in
            guard let near = try EventSearch(event, in: "entry", database) else { return nil }
            var query = ListQuery(AuditItem.columns, from: AuditItem.tables)
            query.add("entry.event BETWEEN ? AND ?") { statement in
                statement.bind(event.earliestChange)
                statement.bind(event)
            }
            query.add("kind = 'mutation'")
            near.restrict(&query)
            let items = try query.statement(database, order: "entry.seq", limit: nil).all(AuditItem.init(row:))
            // Ids of changes are random enough never to lie so near to each other; should they, the nearest is meant.
            guard let change = items.compactMap(\.entry.event).max() else { return nil }
            let own = items.filter { $0.entry.event == change }.reversed()
            return own.first?.entry.revision.map { RevisionRecord(revision: $0, mutations: Array(own)) }
        }
    }

    /// Exchanges about a change, see ``HostStore/exchanges(about:of:)``.
    public func exchanges(about event: EventID, of document: DocumentID?) async throws -> [ExchangeRecord] {
        let oldest = event.milliseconds - EventSearch.disorder
        return try await read { database in
            var records: [ExchangeRecord] = []
            func take(_ row: PreparedStatement) throws {
                let record = try ExchangeRecord(row: row)
                if record.events.contains(where: { $0.id.isOf(event) || event.isOf($0.id) }) { records.append(record) }
            }
            var query = ListQuery(ExchangeRecord.columns, from: "exchange")
            if let document {
                let chain = DocumentChain(table: .exchange, document: document, position: .max)
                try chain.scan(database, query, columnCount: ExchangeRecord.columnCount) { row in
                    try take(row)
                    return row.int64(5) >= oldest
                }
            } else if let near = try EventSearch(event, in: "exchange", database) {
                near.restrict(&query)
                try query.statement(database, order: "exchange.seq", limit: nil).scan { row in
                    try take(row)
                    return true
                }
            }
            return records.reversed()
        }
    }
}

/// Finds the rows that may be about an event without an index on it, which every change would pay for.
///
/// Rows are numbered in the order of commits and hold the time when what they are about began; an event's id holds that time, too. What
/// takes longest between the two is a chain of `before` plugins, far less than ``disorder``. So wherever a search by halves ends,
/// the rows wanted are no farther off than that.
private struct EventSearch {
    /// How far apart the times of two rows may be that stand in the wrong order, in milliseconds.
    static let disorder: Int64 = 60_000

    private let table: String
    private let range: ClosedRange<Int64>

    init?(_ event: EventID, in table: String, _ database: Database) throws {
        self.table = table
        let time = event.milliseconds
        let row = try PreparedStatement(
            database,
            "SELECT seq, time FROM \(table) WHERE seq >= ? ORDER BY seq LIMIT 1"
        )
        func next(_ seq: Int64) throws -> (seq: Int64, time: Int64)? {
            row.bind(seq)
            return try row.first { ($0.int64(0), $0.int64(1)) }
        }
        let last = try PreparedStatement(database, "SELECT max(seq) FROM \(table)").first { $0.optionalInt64(0) } ?? nil
        guard let last, let first = try next(0)?.seq else { return nil }
        /// The first row that is so late, as far as rows are in order.
        func boundary(_ wanted: Int64) throws -> Int64 {
            var (low, high) = (first, last + 1)
            while low < high {
                let middle = low + (high - low) / 2
                if let found = try next(middle), found.time < wanted { low = middle + 1 } else { high = middle }
            }
            return low
        }
        // Each boundary lies between the first row that was committed so late and the first that was committed so much later that it
        // cannot be in the wrong order any more.
        let start = try boundary(time - Self.disorder)
        let end = try boundary(time + Self.disorder)
        guard start <= end else { return nil }
        range = start...end
    }

    /// Leaves out all rows that are too far off.
    func restrict(_ query: inout ListQuery) {
        query.add("\(table).seq BETWEEN ? AND ?") { [range] statement in
            statement.bind(range.lowerBound)
            statement.bind(range.upperBound)
        }
    }
}
