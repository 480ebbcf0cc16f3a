internal import GRDB
internal import RequestProof

/// The nonces that were spent, as the writer keeps them.
///
/// Belongs to the writer's thread. Made anew after a rollback, since it counts what the transaction wrote.
final class NonceMemory {
    enum Outcome: Sendable {
        /// Spent now.
        case fresh
        /// Spent before, or it can no longer be told.
        case used
        /// There is no room.
        case full
    }

    /// After so many nonces, expired ones are taken away.
    private static let pruneInterval = 64
    /// So many expired ones at most: more than come in between, so that the table shrinks; few enough that nobody waits.
    private static let pruneStep = 256

    /// How many rows there are.
    private(set) var count: Int
    /// The latest expiry of what was forgotten.
    ///
    /// Matters once the clock is set back: a request that expires no later could have been taken already.
    private var floor: Int64
    private var untilPruning = 0

    private let insert: PreparedStatement
    private let renew: PreparedStatement
    private let prune: PreparedStatement
    private let raiseFloor: PreparedStatement

    init(_ database: Database) throws {
        count = try PreparedStatement(database, "SELECT count(*) FROM nonce").first { $0.int(0) } ?? 0
        floor = try PreparedStatement(database, "SELECT expires FROM nonce_floor").first { $0.int64(0) } ?? .min
        insert = try PreparedStatement(
            database,
            "INSERT INTO nonce (digest, expires) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1"
        )
        renew = try PreparedStatement(
            database,
            "UPDATE nonce SET expires = ? WHERE digest = ? AND expires <= ? RETURNING 1"
        )
        prune = try PreparedStatement(
            database,
            """
            DELETE FROM nonce
            WHERE digest IN (SELECT digest FROM nonce WHERE expires <= ? ORDER BY expires LIMIT \(Self.pruneStep))
            RETURNING expires
            """
        )
        raiseFloor = try PreparedStatement(
            database,
            "INSERT INTO nonce_floor VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET expires = excluded.expires"
        )
    }

    /// Spends a nonce, in the open transaction.
    ///
    /// - Parameters:
    ///   - nonce: what is spent.
    ///   - now: in seconds since 1970.
    ///   - limit: how many may be remembered.
    /// - Returns: whether it was spent.
    /// - Throws: what SQLite says.
    func spend(_ nonce: SpentNonce, now: Int64, limit: Int) throws -> Outcome {
        guard nonce.expires > floor else { return .used }
        if untilPruning == 0 || count >= limit {
            try forgetExpired(now: now)
            untilPruning = Self.pruneInterval
        }
        guard count < limit else { return .full }
        untilPruning -= 1
        insert.bind(blob: nonce.digest)
        insert.bind(nonce.expires)
        if try insert.first({ _ in true }) != nil {
            count += 1
            return .fresh
        }
        // An expired one may still be here, waiting for its turn to be forgotten.
        renew.bind(nonce.expires)
        renew.bind(blob: nonce.digest)
        renew.bind(now)
        return try renew.first { _ in true } == nil ? .used : .fresh
    }

    private func forgetExpired(now: Int64) throws {
        prune.bind(now)
        let forgotten = try prune.all { $0.int64(0) }
        guard let latest = forgotten.max() else { return }
        count -= forgotten.count
        floor = max(floor, latest)
        raiseFloor.bind(floor)
        try raiseFloor.run()
    }
}
