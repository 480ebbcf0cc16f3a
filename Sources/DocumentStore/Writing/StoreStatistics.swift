/// What a store has done since it was opened.
///
/// `Sendable`.
public struct StoreStatistics: Sendable, Hashable {
    /// Transactions that became durable.
    public var commits = 0
    /// Decisions that were answered with success.
    public var decisions = 0
    /// Transactions that failed as a whole.
    public var failedCommits = 0
    /// How often the write-ahead log was copied into the database.
    public var checkpoints = 0
    /// Decisions that wait now.
    public var waiting = 0
}
