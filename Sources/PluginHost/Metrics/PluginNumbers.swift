import NIOConcurrencyHelpers
public import PluginProtocol

/// What `GET /metrics` says of one plugin, or of all together that have no series of their own.
///
/// `Sendable`.
public struct PluginNumbers: Sendable {
    /// The plugin's name; `other` for those without a series of their own.
    public var name: String
    /// Histograms of the stages that took place.
    public var stages: [(stage: ExchangeStage, histogram: Histogram)]
    /// How many exchanges ended, by phase and outcome; only what happened.
    public var outcomes: [(phase: Phase, outcome: ExchangeRecord.Outcome, count: Int)]
    /// How many were refused, failed or skipped, by the row of the failure table; only what happened.
    public var refusals: [(kind: FailureKind, count: Int)]
    /// Exchanges under way now.
    public var underWay: Int
    /// Exchanges that wait for one of the plugin's places now.
    public var waiting: Int
    /// Pieces of `after` work that wait now.
    public var workWaiting: Int
    /// Plugins whose circuit breaker lets no call through now.
    public var breakersOpen: Int
}

extension PluginNumbers {
    /// Collects what is known of plugins that share a series.
    init(name: String, _ counts: PluginSeries.Counts, _ plugins: [RegisteredPlugin], _ lanes: ReactionLanes) {
        self.name = name
        stages = ExchangeStage.allCases.compactMap { stage in
            let histogram = counts.histogram(stage)
            return histogram.counts.contains { $0 > 0 } ? (stage, histogram) : nil
        }
        outcomes = [Phase.before, .after].flatMap { phase in
            ExchangeRecord.Outcome.allCases.compactMap { outcome in
                let count = counts.ended(phase, outcome)
                return count > 0 ? (phase, outcome, count) : nil
            }
        }
        refusals = counts.refusals.map { ($0.key, $0.value) }.sorted { $0.kind.rawValue < $1.kind.rawValue }
        let places = plugins.map { $0.runtime.bulkhead.occupancy }
        underWay = places.reduce(0) { $0 + $1.taken }
        waiting = places.reduce(0) { $0 + $1.waiting }
        workWaiting = plugins.reduce(0) { $0 + lanes.workWaiting($1.plugin.id) }
        breakersOpen = plugins.count { !$0.runtime.breaker.isClosed }
    }
}

extension Host {
    /// The numbers of all plugins that have a series of their own, by name, and those of all others together last.
    public func pluginNumbers() -> [PluginNumbers] {
        var own: [PluginNumbers] = []
        var others: [RegisteredPlugin] = []
        for registered in registry.all {
            // A plugin that is called as the others are together is counted with them: no label may stand for two things.
            let isApart =
                registered.runtime.series !== metrics.other && registered.plugin.name != PluginMetrics.otherName
            if isApart {
                let name = registered.plugin.name
                own.append(PluginNumbers(name: name, registered.runtime.series.counts, [registered], lanes))
            } else {
                others.append(registered)
            }
        }
        var shared = metrics.other.counts
        for registered in others where registered.runtime.series !== metrics.other {
            shared.add(registered.runtime.series.counts)
        }
        return own.sorted { $0.name < $1.name }
            + [PluginNumbers(name: PluginMetrics.otherName, shared, others, lanes)]
    }
}
