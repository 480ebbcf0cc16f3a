import PluginProtocol

/// Events that wait until an earlier exchange of the same plugin on the same document has ended.
///
/// `Sendable`.
struct WaitingReaction: Sendable {
    /// The work as the store keeps it.
    var work: PendingWork
    /// Those who wait for it to end.
    var settlements: [Settlement]
    /// The trace that it is part of; not kept over a restart.
    var trace: TraceContext?
    /// Its place among all that waits for a lane, the smallest first.
    var arrival = 0
}
