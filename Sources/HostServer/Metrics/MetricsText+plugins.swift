import PluginHost
import PluginProtocol

extension MetricsText {
    /// Writes what is known of plugins: one series for each of them, as far as they have one.
    mutating func plugins(_ plugins: [PluginNumbers]) {
        family("pluginhost_exchanges_total", "counter", "Exchanges about documents that ended, by phase and outcome.")
        for plugin in plugins {
            for (phase, outcome, count) in plugin.outcomes {
                let labels = [("plugin", plugin.name), ("phase", phase.rawValue), ("outcome", outcome.rawValue)]
                sample("pluginhost_exchanges_total", labels, count)
            }
        }
        family(
            "pluginhost_exchange_refusals_total",
            "counter",
            "Exchanges without a usable answer, by kind of failure."
        )
        for plugin in plugins {
            for (kind, count) in plugin.refusals {
                let labels = [("plugin", plugin.name), ("kind", kind.rawValue)]
                sample("pluginhost_exchange_refusals_total", labels, count)
            }
        }
        let duration = "pluginhost_exchange_stage_duration_seconds"
        family(duration, "histogram", "Time that exchanges took in each stage that took place.")
        for plugin in plugins {
            for (stage, histogram) in plugin.stages {
                write(histogram, duration, [("plugin", plugin.name), ("stage", stage.rawValue)])
            }
        }
        gauge("pluginhost_exchanges_under_way", "Exchanges under way.", plugins, \.underWay)
        gauge("pluginhost_exchanges_waiting", "Exchanges that wait for one of the plugin's places.", plugins, \.waiting)
        gauge("pluginhost_reactions_waiting", "Pieces of after work that wait for their turn.", plugins, \.workWaiting)
        gauge("pluginhost_breakers_open", "Plugins whose circuit breaker is open.", plugins, \.breakersOpen)
    }

    private mutating func gauge(
        _ name: String,
        _ help: String,
        _ plugins: [PluginNumbers],
        _ value: (PluginNumbers) -> Int
    ) {
        family(name, "gauge", help)
        for plugin in plugins { sample(name, [("plugin", plugin.name)], value(plugin)) }
    }

    private mutating func write(_ histogram: Histogram, _ name: String, _ labels: [(String, String)]) {
        var total = 0
        for (number, count) in histogram.counts.enumerated() {
            total += count
            let bound =
                Histogram.bounds.indices.contains(number)
                ? Self.decimal(Histogram.bounds[number], digits: 6) : "+Inf"
            sample(name + "_bucket", labels + [("le", bound)], total)
        }
        sample(name + "_sum", labels, millionths: histogram.sum)
        sample(name + "_count", labels, total)
    }
}
