import NIOConcurrencyHelpers
import PluginProtocol

/// All plugins, in memory, and the index that finds those that want an event.
///
/// Changed only after the change is durable; running work goes on with the index it took. `Sendable`.
final class PluginRegistry: Sendable {
    private struct State {
        var plugins: [PluginID: RegisteredPlugin] = [:]
        var index = MatchIndex(plugins: [])
    }

    private let limits: Limits
    /// Gives each plugin the series that its exchanges are counted in.
    let metrics: PluginMetrics
    private let state = NIOLockedValueBox(State())

    init(limits: Limits) {
        self.limits = limits
        metrics = PluginMetrics(limit: limits.pluginsWithMetrics)
    }

    /// The index of the moment.
    var index: MatchIndex { state.withLockedValue { $0.index } }

    /// Rises with each plugin that is added, changed or removed; the store keeps what each one was.
    var generation: Int { index.generation }

    /// All plugins, by id.
    var all: [RegisteredPlugin] {
        state.withLockedValue { state in state.plugins.values.sorted { $0.plugin.id < $1.plugin.id } }
    }

    /// Those that are asked and may be pinged, in no order.
    var pinged: [Plugin] {
        state.withLockedValue { state in
            state.plugins.values.lazy.map(\.plugin)
                .filter { [.enabled, .shadow].contains($0.state) && $0.handshake == .ping }
        }
    }

    /// One plugin.
    subscript(id: PluginID) -> RegisteredPlugin? { state.withLockedValue { $0.plugins[id] } }

    /// Whether another plugin has the name already.
    func isTaken(name: String, except id: PluginID) -> Bool {
        state.withLockedValue { state in
            state.plugins.values.contains { $0.plugin.name == name && $0.plugin.id != id }
        }
    }

    /// Fills the registry at start.
    func load(_ plugins: [Plugin], generation: Int) {
        state.withLockedValue { state in
            for plugin in plugins {
                let series = metrics.add(plugin.id)
                let runtime = PluginRuntime(limits: limits, mayHaveState: true, series: series)
                runtime.isPending.withLockedValue { $0 = plugin.state == .pending }
                state.plugins[plugin.id] = RegisteredPlugin(plugin, runtime: runtime)
            }
            state.index = MatchIndex(plugins: Array(state.plugins.values), generation: generation)
        }
    }

    /// Adds a plugin or replaces it by its new version; `generation` is the one that this makes.
    func put(_ plugin: Plugin, generation: Int) {
        state.withLockedValue { state in
            let runtime =
                state.plugins[plugin.id]?.runtime
                ?? PluginRuntime(limits: limits, mayHaveState: false, series: metrics.add(plugin.id))
            runtime.isPending.withLockedValue { $0 = plugin.state == .pending }
            let registered = RegisteredPlugin(plugin, runtime: runtime)
            state.index.replace(state.plugins[plugin.id], by: registered, generation: generation)
            state.plugins[plugin.id] = registered
        }
    }

    /// Forgets a plugin; `generation` is the one that this makes.
    func remove(_ id: PluginID, generation: Int) {
        state.withLockedValue { state in
            state.index.replace(state.plugins[id], by: nil, generation: generation)
            state.plugins[id] = nil
            metrics.remove(id)
        }
    }
}
