import NIOConcurrencyHelpers
import PluginProtocol

/// What the engine keeps of a plugin while the host runs.
///
/// `Sendable`.
final class PluginRuntime: Sendable {
    /// Its places.
    let bulkhead: Bulkhead
    /// Its circuit breaker.
    let breaker: PluginBreaker
    /// Whether it may have stored state for any document; saves a read for those that never did.
    let mayHaveState: NIOLockedValueBox<Bool>
    /// Whether its waiting work must wait on: it is registered, and not enabled yet or not again.
    let isPending = NIOLockedValueBox(false)
    /// What pings said of it in this run; nil before the first.
    let health = NIOLockedValueBox<PluginHealth?>(nil)

    /// Where its exchanges are counted.
    let series: PluginSeries

    init(limits: Limits, mayHaveState: Bool, series: PluginSeries = PluginSeries()) {
        self.series = series
        self.bulkhead = Bulkhead(places: limits.exchangesAtOnce, queueLimit: limits.exchangesWaiting)
        self.breaker = PluginBreaker(limits: limits)
        self.mayHaveState = NIOLockedValueBox(mayHaveState)
    }
}
