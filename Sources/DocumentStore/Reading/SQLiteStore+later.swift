public import DocumentModel
internal import GRDB
public import PluginHost
public import PluginProtocol

/// Answers that come later, and proposals.
extension SQLiteStore {
    /// Signs continuation URLs, see ``HostStore/continuationKey``.
    public var continuationKey: [UInt8] { key.continuationKey }

    /// An exchange that waits for its answer, see ``HostStore/deferredExchange(_:)``.
    public func deferredExchange(_ id: ExchangeID) async throws -> DeferredExchange? {
        try await read { database in
            let statement = try PreparedStatement(
                database,
                "SELECT \(DeferredExchange.columns) FROM deferred WHERE exchange = ?"
            )
            statement.bind(id)
            return try statement.first(DeferredExchange.init(row:))
        }
    }

    /// Exchanges whose time is over, see ``HostStore/deferredExchanges(expiredBy:limit:)``.
    public func deferredExchanges(expiredBy now: Timestamp, limit: Int) async throws -> [DeferredExchange] {
        try await read { database in
            let statement = try PreparedStatement(
                database,
                "SELECT \(DeferredExchange.columns) FROM deferred WHERE expires <= ? ORDER BY expires LIMIT ?"
            )
            statement.bind(now)
            statement.bind(limit)
            return try statement.all(DeferredExchange.init(row:))
        }
    }

    /// A page of proposals, see ``HostStore/proposals(_:page:)``.
    public func proposals(_ filter: ProposalFilter, page: PageRequest) async throws -> Page<Proposal> {
        let position = try page.position(in: .proposals)
        let rows = try await read { database in
            var query = ListQuery(Proposal.columns, from: "proposal")
            if let plugin = filter.plugin { query.add("plugin = ?") { $0.bind(plugin) } }
            if let document = filter.document { query.add("document = ?") { $0.bind(document) } }
            if let state = filter.state {
                query.add("state = ?") { $0.bind(state.rawValue) }
                // As the index is limited.
                if state == .open { query.add("state = 'open'") }
            }
            query.add("seq < ?") { $0.bind(position) }
            return try query.statement(database, order: "seq", limit: page.limit + 1)
                .all { row in (seq: row.int64(0), proposal: try Proposal(row: row)) }
        }
        return Page(rows, of: .proposals, limit: page.limit, position: \.seq, item: \.proposal)
    }

    /// One proposal, see ``HostStore/proposal(_:)``.
    public func proposal(_ id: ProposalID) async throws -> Proposal? {
        try await read { database in
            let statement = try PreparedStatement(database, "SELECT \(Proposal.columns) FROM proposal WHERE id = ?")
            statement.bind(id)
            return try statement.first(Proposal.init(row:))
        }
    }
}
