internal import DocumentModel
internal import GRDB
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

/// What the store does for itself.
extension WriterSession {
    /// Whether SQLite has rolled the open transaction back by itself.
    var isTakenBack: Bool { isOpen && !database.isInsideTransaction }

    /// Ends every exchange that is under way, with an entry each.
    ///
    /// - Parameter now: the time of the entries.
    /// - Returns: how many there were.
    /// - Throws: what SQLite says.
    func markInterrupted(now: Timestamp) throws -> Int {
        let statement = try PreparedStatement(
            database,
            "SELECT \(ExchangeRecord.columns) FROM exchange WHERE outcome IS NULL ORDER BY seq"
        )
        let exchanges = try statement.all(ExchangeRecord.init(row:))
        for var exchange in exchanges {
            try begin()
            exchange.outcome = .interrupted
            try end(exchange)
            var payload = JSONWriter(reserving: 128)
            payload.beginObject()
            payload.key("outcome")
            payload.string(ExchangeRecord.Outcome.interrupted.rawValue)
            payload.key("message")
            payload.string("the host stopped while the exchange was under way")
            payload.endObject()
            try append(
                LedgerEntry(
                    kind: .exchangeFailed,
                    time: now,
                    actor: Actor(kind: .system, id: "pluginhost"),
                    plugin: exchange.plugin,
                    document: exchange.document,
                    exchange: exchange.id,
                    cause: exchange.events.first?.id,
                    payload: payload.bytes
                )
            )
        }
        return exchanges.count
    }

    /// What a `PRAGMA` says on this connection.
    func setting(_ pragma: String) throws -> String {
        try PreparedStatement(database, "PRAGMA \(pragma)").first { $0.text(0) } ?? ""
    }

    /// Writes something of no meaning, to see whether the database takes it.
    func probe() throws {
        try begin()
        statements.putSetting.bind("probe")
        statements.putSetting.bind(blob: salts.next())
        try statements.putSetting.run()
    }
}
