import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// A plugin as it is now, together with what lives as long as it is registered.
///
/// Replaced as a whole when the plugin changes; a running exchange keeps the one it began with. `Sendable`.
final class RegisteredPlugin: Sendable {
    let plugin: Plugin
    let runtime: PluginRuntime
    /// What it was granted, by name: sorted once, since every request lists it.
    let scopes: [Scope]
    /// Whether it has `before` subscriptions, so that its lanes are wanted from outside decisions too.
    let isAskedBefore: Bool

    init(_ plugin: Plugin, runtime: PluginRuntime) {
        self.plugin = plugin
        self.runtime = runtime
        self.scopes = plugin.sortedScopes
        self.isAskedBefore = plugin.manifest.subscriptions.contains { $0.phase == .before }
    }
}

/// What the engine keeps of a plugin while the host runs.
///
/// `Sendable`.
final class PluginRuntime: Sendable {
    /// Its places.
    let bulkhead: Bulkhead
    /// Its circuit breaker.
    let breaker: NIOLockedValueBox<CircuitBreaker>
    /// Whether it may have stored state for any document; saves a read for those that never did.
    let mayHaveState: NIOLockedValueBox<Bool>

    init(limits: Limits, mayHaveState: Bool) {
        self.bulkhead = Bulkhead(places: limits.exchangesAtOnce, queueLimit: limits.exchangesWaiting)
        self.breaker = NIOLockedValueBox(CircuitBreaker(limits: limits))
        self.mayHaveState = NIOLockedValueBox(mayHaveState)
    }
}
