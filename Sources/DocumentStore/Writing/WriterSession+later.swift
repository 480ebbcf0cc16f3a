internal import PluginHost

/// Answers that come later, and proposals: seldom, so their statements are prepared when they are needed.
extension WriterSession {
    func write(_ later: LaterWrites) throws {
        for exchange in later.deferred {
            let statement = try PreparedStatement(
                database,
                """
                INSERT INTO deferred (\(DeferredExchange.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (exchange) DO UPDATE SET refused = excluded.refused, answered = excluded.answered
                """
            )
            exchange.bind(to: statement)
            try statement.run()
        }
        for exchange in later.amended { try end(exchange) }
        for exchange in later.expired {
            let statement = try PreparedStatement(database, "DELETE FROM deferred WHERE exchange = ?")
            statement.bind(exchange)
            try statement.run()
        }
        for proposal in later.proposals {
            let statement = try PreparedStatement(
                database,
                """
                INSERT INTO proposal (\(Proposal.columns)) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET state = excluded.state, decision = excluded.decision
                """
            )
            proposal.bind(to: statement)
            try statement.run()
        }
    }
}
