import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// The lanes that the `before` chain of one change has.
///
/// A lane is had for as long as its plugin is asked, and, if it answered with a state, until that is stored: nobody must be told
/// of the state before it meanwhile. `Sendable`.
final class ChainLanes: Sendable {
    /// Who has them.
    let owner: LaneOwner
    private let lanes: ReactionLanes
    private let document: DocumentID
    private let clock: HostClock
    private let lineLimit: Int
    /// What is had, with the number of states stored when its plugin had answered.
    private let held = NIOLockedValueBox<[PluginID: Int]>([:])

    init(_ lanes: ReactionLanes, document: DocumentID, within parent: LaneOwner?, clock: HostClock, limits: Limits) {
        self.lanes = lanes
        self.document = document
        self.clock = clock
        owner = LaneOwner(within: parent)
        lineLimit = limits.exchangesWaiting
    }

    /// Takes a plugin's lane.
    ///
    /// - Throws: ``ReactionLanes/Refused``, or `CancellationError`.
    func enter(_ plugin: PluginID, timeout: Duration) async throws {
        let holdsOthers = held.withLockedValue { held in held.contains { $0.key != plugin } }
        try await lanes.enter(
            key(plugin),
            owner,
            holdsOthers: holdsOthers,
            lineLimit: lineLimit,
            timeout: timeout,
            clock: clock
        )
        held.withLockedValue { $0[plugin] = $0[plugin] ?? 0 }
    }

    /// Keeps a lane until the plugin's new state is stored.
    func keep(_ plugin: PluginID) {
        let count = lanes.stateCount(key(plugin))
        held.withLockedValue { $0[plugin] = count }
    }

    /// Gives a lane back.
    func leave(_ plugin: PluginID) {
        held.withLockedValue { $0[plugin] = nil }
        lanes.leave(key(plugin), owner)
    }

    /// Gives all lanes back that are had still.
    ///
    /// - Returns: whose they were.
    func leaveAll() -> [PluginID] {
        let plugins = held.withLockedValue { held in
            defer { held = [:] }
            return Array(held.keys)
        }
        for plugin in plugins { lanes.leave(key(plugin), owner) }
        return plugins
    }

    /// Whether another state of a plugin was stored since it answered, in the course of this very change.
    var areStatesOutdated: Bool {
        held.withLockedValue { $0 }.contains { lanes.stateCount(key($0.key)) != $0.value }
    }

    /// Gives all lanes back in the decision that stores the change.
    func vacate(_ plan: inout CommitPlanner.Plan) {
        for plugin in held.withLockedValue({ Array($0.keys) }) {
            lanes.vacate(key(plugin), owner)
            plan.steps.append(.left(key(plugin), owner, isShared: true))
        }
    }

    private func key(_ plugin: PluginID) -> ReactionLanes.Key {
        ReactionLanes.Key(plugin: plugin, document: document)
    }
}
