import NIOConcurrencyHelpers
import PluginProtocol

/// All plugins, in memory, and the index that finds those that want an event.
///
/// Changed only after the change is durable; each change makes a new index, which running work does not see. `Sendable`.
final class PluginRegistry: Sendable {
    private struct State {
        var plugins: [PluginID: RegisteredPlugin] = [:]
        var index = MatchIndex(plugins: [])
    }

    private let limits: Limits
    private let state = NIOLockedValueBox(State())

    init(limits: Limits) {
        self.limits = limits
    }

    /// The index of the moment.
    var index: MatchIndex { state.withLockedValue { $0.index } }

    /// All plugins, by id.
    var all: [RegisteredPlugin] {
        state.withLockedValue { state in state.plugins.values.sorted { $0.plugin.id < $1.plugin.id } }
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
    func load(_ plugins: [Plugin]) {
        state.withLockedValue { state in
            for plugin in plugins {
                let runtime = PluginRuntime(limits: limits, mayHaveState: true)
                runtime.isPending.withLockedValue { $0 = plugin.state == .pending }
                state.plugins[plugin.id] = RegisteredPlugin(plugin, runtime: runtime)
            }
            state.index = MatchIndex(plugins: Array(state.plugins.values))
        }
    }

    /// Adds a plugin or replaces it by its new version.
    func put(_ plugin: Plugin) {
        state.withLockedValue { state in
            let runtime =
                state.plugins[plugin.id]?.runtime ?? PluginRuntime(limits: limits, mayHaveState: false)
            runtime.isPending.withLockedValue { $0 = plugin.state == .pending }
            state.plugins[plugin.id] = RegisteredPlugin(plugin, runtime: runtime)
            state.index = MatchIndex(plugins: Array(state.plugins.values))
        }
    }

    /// Forgets a plugin.
    func remove(_ id: PluginID) {
        state.withLockedValue { state in
            state.plugins[id] = nil
            state.index = MatchIndex(plugins: Array(state.plugins.values))
        }
    }
}
