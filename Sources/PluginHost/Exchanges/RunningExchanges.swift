import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// The exchanges under way, so that a plugin's call back into the API inherits hop and causes.
///
/// `Sendable`.
final class RunningExchanges: Sendable {
    private struct Running {
        var plugin: PluginID
        var hop: Int
        var causes: [EventID]
        var owner: LaneOwner
    }

    private let running = NIOLockedValueBox<[ExchangeID: Running]>([:])

    func begin(_ id: ExchangeID, plugin: PluginID, events: [Event], owner: LaneOwner) {
        guard let event = events.last else { return }
        running.withLockedValue { running in
            running[id] = Running(
                plugin: plugin,
                hop: events.map(\.hop).max() ?? 0,
                causes: event.causes + [event.id],
                owner: owner
            )
        }
    }

    func end(_ id: ExchangeID) { running.withLockedValue { $0[id] = nil } }

    /// Who has the lane of an exchange; nil if it is not under way.
    func owner(of id: ExchangeID) -> LaneOwner? { running.withLockedValue { $0[id]?.owner } }

    /// Where a change stands that is made in the course of an exchange; nil if that exchange is not under way.
    func causality(of id: ExchangeID) -> Causality? {
        running.withLockedValue { running in
            running[id].map { Causality(hop: $0.hop + 1, causes: $0.causes, origin: $0.plugin) }
        }
    }
}
