internal import Crypto
internal import GRDB

/// Whether a database's ledger holds what it held when each act was committed, as far as the file alone can tell.
///
/// Checks that entries are numbered without gaps, and that each payload and each body of an exchange matches the
/// commitment made to it. Whoever can rewrite commitments as well is found out by signed checkpoints only, which are not part
/// of this. `Sendable`.
public struct LedgerVerification: Sendable {
    /// Something that does not match.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The ledger entry's number; nil if it is about an exchange.
        public var seq: Int64?
        /// The exchange's id; nil if it is about an entry.
        public var exchange: String?
        /// What was found.
        public var message: String

        /// Where and what.
        public var description: String {
            seq.map { "entry \($0): \(message)" } ?? "exchange \(exchange ?? "?"): \(message)"
        }
    }

    /// How many problems are listed at most; all are counted.
    public static let problemLimit = 100

    /// How many entries there are.
    public var entries = 0
    /// How many of them have no payload any more.
    public var erased = 0
    /// How many exchanges there are.
    public var exchanges = 0
    /// How many problems were found.
    public var problemCount = 0
    /// The first of them.
    public var problems: [Problem] = []

    /// Whether nothing is wrong.
    public var isIntact: Bool { problemCount == 0 }

    /// Reads a whole database, in constant memory, without its lock and without writing to it.
    ///
    /// - Parameter path: a database, also of a running host, or a copy of one.
    /// - Throws: ``StoreError`` if it cannot be read at all.
    public init(path: String) throws {
        do {
            let queue = try DatabaseFile.openReadOnly(path)
            try queue.read { database in
                try checkEntries(database)
                try checkExchanges(database)
            }
        } catch let failure as SQLFailure {
            throw StoreError(.corrupt, "\(path): \(failure)")
        } catch {
            throw DatabaseFile.presentable(error, path: path)
        }
    }

    private mutating func checkEntries(_ database: Database) throws {
        let statement = try PreparedStatement(
            database,
            """
            SELECT entry.seq, commitment, salt, actor_name, body FROM entry LEFT JOIN payload USING (seq)
            ORDER BY entry.seq
            """
        )
        var expected: Int64 = 1
        try statement.scan { row in
            let seq = row.int64(0)
            if seq != expected { note(seq, "the entries from \(expected) to \(seq - 1) are missing") }
            expected = seq + 1
            entries += 1
            guard let salt = row.optionalBytes(2) else {
                erased += 1
                return true
            }
            let commitment = Commitment.entry(salt: salt, actorName: row.optionalText(3), body: row.bytes(4))
            if !commitment.elementsEqual(row.bytes(1)) { note(seq, "the payload is not the one that was committed to") }
            return true
        }
    }

    private mutating func checkExchanges(_ database: Database) throws {
        let statement = try PreparedStatement(
            database,
            """
            SELECT id, request_commitment, response_commitment, salt, request, response
            FROM exchange LEFT JOIN exchange_body USING (seq) ORDER BY seq
            """
        )
        try statement.scan { row in
            exchanges += 1
            guard let salt = row.optionalBytes(3) else { return true }
            for (name, commitment, body) in [("request", 1, 4), ("answer", 2, 5)] as [(String, Int32, Int32)] {
                guard let commitment = row.optionalBytes(commitment) else { continue }
                guard let body = row.optionalBytes(body), Commitment.body(body, salt: salt).elementsEqual(commitment)
                else {
                    note(Problem(exchange: row.text(0), message: "the \(name) is not the one that was committed to"))
                    continue
                }
            }
            return true
        }
    }

    private mutating func note(_ seq: Int64, _ message: String) { note(Problem(seq: seq, message: message)) }

    private mutating func note(_ problem: Problem) {
        problemCount += 1
        if problems.count < Self.problemLimit { problems.append(problem) }
    }
}
