import DocumentModel
import PluginProtocol

/// Where a change stands in a chain of reactions.
///
/// `Sendable`.
struct Causality: Sendable {
    /// How many reactions lie between a person's change and this one.
    var hop = 0
    /// The events that led to this change, the nearest last.
    var causes: [EventID] = []
    /// The plugin whose own commands these are.
    var origin: PluginID?
    /// The caller's trace, if it sent one.
    var trace: TraceContext?

    /// The nearest event that led to this change.
    var nearest: EventID? { causes.last }
}

extension Causality {
    /// A change by a plugin in answer to events, or in the course of being asked about them.
    init(after events: [Event], by plugin: PluginID, trace: TraceContext? = nil) {
        self.trace = trace
        hop = (events.map(\.hop).max() ?? 0) + 1
        causes = (events.last?.causes ?? []) + events.suffix(1).map(\.id)
        origin = plugin
    }
}
