public import DocumentModel
internal import GRDB
public import PluginHost
public import PluginProtocol

extension SQLiteStore {
    /// A page of documents, see ``HostStore/documents(type:tag:page:)``; the last made first.
    public func documents(type: String?, tag: String?, page: PageRequest) async throws -> Page<DocumentSnapshot> {
        let position = try page.position(in: .documents)
        let heads = try await read { database in
            var query = ListQuery(Head.columns, from: "document")
            if let tag {
                query = ListQuery(Head.columns, from: "tag JOIN document ON document.key = tag.document")
                query.add("tag.tag = ?") { $0.bind(tag) }
            }
            query.add("document.deleted = 0")
            if let type { query.add("document.type = ?") { $0.bind(type) } }
            let key = tag == nil ? "document.key" : "tag.document"
            query.add("\(key) < ?") { $0.bind(position) }
            return try query.statement(database, order: key, limit: page.limit + 1).all(Head.init(row:))
        }
        return Page(heads, of: .documents, limit: page.limit, position: \.key, item: \.snapshot)
    }

    /// A page of a document's revisions, see ``HostStore/history(of:page:)``; `page.limit` counts revisions.
    public func history(of document: DocumentID, page: PageRequest) async throws -> Page<RevisionRecord> {
        let position = try page.position(in: .history)
        return try await read { database in
            let chain = DocumentChain(table: .entry, document: document, position: position)
            var query = ListQuery(AuditItem.columns, from: AuditItem.tables)
            query.add("kind = 'mutation'")
            var records: [RevisionRecord] = []
            var hasMore = false
            try chain.scan(database, query, columnCount: AuditItem.columnCount) { row in
                let revision = row.int(7)
                if records.last?.revision != revision {
                    guard records.count < page.limit else {
                        hasMore = true
                        return false
                    }
                    records.append(RevisionRecord(revision: revision, mutations: []))
                }
                records[records.count - 1].mutations.append(try AuditItem(row: row))
                return true
            }
            let last = records.last?.mutations.last?.seq
            for index in records.indices { records[index].mutations.reverse() }
            return Page(
                items: records,
                nextCursor: hasMore ? last.map { PageCursor(.history, position: $0).text } : nil
            )
        }
    }

    /// A page of the ledger, see ``HostStore/audit(_:page:)``.
    public func audit(_ filter: AuditFilter, page: PageRequest) async throws -> Page<AuditItem> {
        let position = try page.position(in: .audit)
        let items = try await read { database in
            var query = ListQuery(AuditItem.columns, from: AuditItem.tables)
            if let exchange = filter.exchange { query.add("exchange = ?") { $0.bind(exchange) } }
            if let plugin = filter.plugin { query.add("plugin = ?") { $0.bind(plugin) } }
            if let actor = filter.actor {
                query.add("actor_id = ?") { $0.bind(actor) }
                if let plugin = PluginID(parsing: actor) {
                    query.add("plugin = ?") { $0.bind(plugin) }
                } else {
                    // As the index is limited; nobody but a plugin has a plugin's id.
                    query.add("actor_kind <> 'plugin'")
                }
            }
            if let kind = filter.kind { query.add("kind = ?") { $0.bind(kind.rawValue) } }
            if let from = filter.from { query.add("time >= ?") { $0.bind(from) } }
            if let to = filter.to { query.add("time < ?") { $0.bind(to) } }
            if let document = filter.document {
                guard filter.exchange != nil else {
                    let chain = DocumentChain(table: .entry, document: document, position: position)
                    return try chain.first(
                        page.limit + 1,
                        database,
                        query,
                        columnCount: AuditItem.columnCount,
                        AuditItem.init(row:)
                    )
                }
                // An exchange concerns one document and has few entries.
                query.add("document = ?") { $0.bind(document) }
            }
            query.add("entry.seq < ?") { $0.bind(position) }
            return try query.statement(database, order: "entry.seq", limit: page.limit + 1).all(AuditItem.init(row:))
        }
        return Page(items, of: .audit, limit: page.limit, position: \.seq, item: \.self)
    }

    /// A page of exchanges, see ``HostStore/exchanges(_:page:)``.
    public func exchanges(_ filter: ExchangeFilter, page: PageRequest) async throws -> Page<ExchangeRecord> {
        let position = try page.position(in: .exchanges)
        let rows = try await read { database in
            var query = ListQuery("\(ExchangeRecord.columns), exchange.seq", from: "exchange")
            if let plugin = filter.plugin { query.add("plugin = ?") { $0.bind(plugin) } }
            if let outcome = filter.outcome {
                query.add("outcome = ?") { $0.bind(outcome.rawValue) }
                switch outcome {
                case .applied, .nothing: break
                // As the index is limited.
                default: query.add("outcome NOT IN ('applied', 'nothing')")
                }
            }
            @Sendable func read(_ row: PreparedStatement) throws -> (seq: Int64, record: ExchangeRecord) {
                (row.int64(ExchangeRecord.columnCount), try ExchangeRecord(row: row))
            }
            if let document = filter.document {
                let chain = DocumentChain(table: .exchange, document: document, position: position)
                let columnCount = ExchangeRecord.columnCount + 1
                return try chain.first(page.limit + 1, database, query, columnCount: columnCount, read)
            }
            query.add("exchange.seq < ?") { $0.bind(position) }
            return try query.statement(database, order: "exchange.seq", limit: page.limit + 1).all(read)
        }
        return Page(rows, of: .exchanges, limit: page.limit, position: \.seq, item: \.record)
    }

    /// One exchange with its bodies, see ``HostStore/exchange(_:)``.
    public func exchange(_ id: ExchangeID) async throws -> ExchangeRecord? {
        try await read { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT \(ExchangeRecord.columns), exchange_body.request, exchange_body.response
                FROM exchange LEFT JOIN exchange_body USING (seq) WHERE exchange.id = ?
                """
            )
            statement.bind(id)
            return try statement.first { row in
                var record = try ExchangeRecord(row: row)
                record.request = row.bytes(ExchangeRecord.columnCount)
                record.response = row.optionalBytes(ExchangeRecord.columnCount + 1)
                return record
            }
        }
    }
}

extension Page {
    /// Cuts off the one row too many that tells whether there is more.
    init<Row>(
        _ rows: [Row],
        of list: PageCursor.List,
        limit: Int,
        position: (Row) -> Int64,
        item: (Row) -> Item
    ) {
        let shown = rows.prefix(limit)
        let hasMore = rows.count > limit
        self.init(
            items: shown.map(item),
            nextCursor: hasMore ? shown.last.map { PageCursor(list, position: position($0)).text } : nil
        )
    }
}
