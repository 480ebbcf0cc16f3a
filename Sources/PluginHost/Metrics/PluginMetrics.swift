import NIOConcurrencyHelpers
import PluginProtocol

/// Counts what exchanges came to and where their time went, for `GET /metrics`.
///
/// The first plugins have a series each, until ``Limits/pluginsWithMetrics`` have one; all others share one, so that the number of series
/// is bounded however many plugins there are. `Sendable`.
final class PluginMetrics: Sendable {
    /// What the label is of those that have no series of their own.
    static let otherName = "other"

    /// What those share that have no series of their own.
    let other = PluginSeries()
    private let limit: Int
    private let series = NIOLockedValueBox<[PluginID: PluginSeries]>([:])

    init(limit: Int) {
        self.limit = limit
    }

    /// The series for a plugin that has come to the registry: its own if there is room for one more.
    func add(_ plugin: PluginID) -> PluginSeries {
        series.withLockedValue { series in
            if let known = series[plugin] { return known }
            guard series.count < limit else { return other }
            let own = PluginSeries()
            series[plugin] = own
            return own
        }
    }

    /// Forgets a plugin's series, and makes room for another's.
    func remove(_ plugin: PluginID) { series.withLockedValue { $0[plugin] = nil } }
}
