import DocumentModel
import JSONSchema
import NIOConcurrencyHelpers
import PluginProtocol

/// Remembers what plugins changed in answer to what, so that two that undo each other's changes are found out.
///
/// Kept in memory for the latest events only: a chain of reactions is short, and after a restart the hop limit still ends it. `Sendable`.
final class ReactionTrails: Sendable {
    /// What one plugin changed.
    struct Trail: Sendable {
        /// The plugin whose commands these were.
        var plugin: PluginID
        /// Where in the document.
        var pointers: Set<JSONPointer>
    }

    /// Two plugins that change the same place in turn.
    struct Oscillation: Sendable, Equatable {
        /// The plugin that has just changed it once more.
        var plugin: PluginID
        /// The one whose change that was the answer to.
        var other: PluginID
        /// A place that both changed.
        var pointer: JSONPointer

        /// Whether the plugin is one of the two.
        func concerns(_ id: PluginID) -> Bool { id == plugin || id == other }
    }

    private struct State {
        var trails: [EventID: Trail] = [:]
        /// In the order of arrival; the oldest is overwritten.
        var ring: [EventID] = []
        var next = 0
    }

    /// How many events are remembered.
    private static let capacity = 4096

    private let state = NIOLockedValueBox(State())

    /// Whether a change by a plugin closes the pattern A, B, A on the same pointers.
    ///
    /// - Parameters:
    ///   - trail: what the plugin changes now.
    ///   - causes: the events that led to it, the nearest last.
    /// - Returns: the two plugins, and where.
    func oscillation(_ trail: Trail, causes: [EventID]) -> Oscillation? {
        guard causes.count >= 2 else { return nil }
        let (first, second) = state.withLockedValue { state in
            (state.trails[causes[causes.count - 2]], state.trails[causes[causes.count - 1]])
        }
        guard let first, let second, first.plugin == trail.plugin, second.plugin != trail.plugin else { return nil }
        let common = trail.pointers.intersection(first.pointers).intersection(second.pointers)
        let pointer = common.min { $0.description < $1.description }
        return pointer.map { Oscillation(plugin: trail.plugin, other: second.plugin, pointer: $0) }
    }

    /// Remembers what led to an event.
    func remember(_ trail: Trail, of event: EventID) {
        state.withLockedValue { state in
            guard state.trails.updateValue(trail, forKey: event) == nil else { return }
            if state.ring.count < Self.capacity {
                state.ring.append(event)
            } else {
                state.trails[state.ring[state.next]] = nil
                state.ring[state.next] = event
                state.next = (state.next + 1) % Self.capacity
            }
        }
    }
}
