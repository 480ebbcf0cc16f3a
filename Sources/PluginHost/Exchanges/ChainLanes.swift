import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// The lanes that the `before` chain of one change has.
///
/// Each exchange has its plugin's lane for as long as it is under way. If the plugin answers with a state, the chain keeps the lane until
/// that is stored: nobody must be told of the state before it meanwhile. `Sendable`.
final class ChainLanes: Sendable {
    /// Who has them.
    let owner: LaneOwner
    private let lanes: ReactionLanes
    private let document: DocumentID
    private let clock: HostClock
    private let lineLimit: Int
    /// What is kept, with the number of states stored when its plugin had answered.
    private let held = NIOLockedValueBox<[PluginID: Int]>([:])

    init(_ lanes: ReactionLanes, document: DocumentID, within parent: LaneOwner?, clock: HostClock, limits: Limits) {
        self.lanes = lanes
        self.document = document
        self.clock = clock
        owner = LaneOwner(within: parent)
        lineLimit = limits.exchangesWaiting
    }

    /// One exchange's turn in its plugin's lane.
    ///
    /// `Sendable`.
    struct Turn: Sendable {
        let plugin: PluginID
        /// The exchange; what comes about in its course has an owner within it.
        let owner: LaneOwner
        fileprivate var place: Result<LaneWaiter?, ReactionLanes.Refused>

        /// The same turn, for another exchange with the plugin.
        var hadAlready: Turn {
            var turn = self
            turn.place = .success(nil)
            return turn
        }
    }

    /// Takes the lanes of plugins that are asked at the same time, or a place in the line of each, all in one step.
    ///
    /// - Parameter plugins: each once.
    /// - Returns: their turns, in the same order; each is to be ended.
    func lineUp(_ plugins: [PluginID]) -> [Turn] {
        let hasOthers = held.withLockedValue { held in plugins.count > 1 || held.contains { $0.key != plugins.first } }
        let owners = plugins.map { _ in LaneOwner(exchangeOf: owner) }
        let places = lanes.lineUp(
            zip(plugins, owners).map { (key($0), $1) },
            mayCloseCircle: hasOthers || owner.parent != nil,
            lineLimit: lineLimit
        )
        return plugins.indices.map { Turn(plugin: plugins[$0], owner: owners[$0], place: places[$0]) }
    }

    /// Waits until a turn has come.
    ///
    /// - Throws: ``ReactionLanes/Refused``, or `CancellationError`.
    func enter(_ turn: Turn, timeout: Duration) async throws {
        guard let waiter = try turn.place.get() else { return }
        try await lanes.wait(for: waiter, timeout: timeout, clock: clock)
    }

    /// Ends a turn, come or not: gives the lane back.
    func end(_ turn: Turn) {
        if case .success(let waiter?) = turn.place { lanes.withdraw(waiter, CancellationError()) }
        lanes.leave(key(turn.plugin), turn.owner)
    }

    /// Ends a turn and keeps the lane until the plugin's new state is stored.
    func keep(_ turn: Turn) {
        let key = key(turn.plugin)
        let count = lanes.stateCount(key)
        held.withLockedValue { $0[turn.plugin] = count }
        lanes.handOn(key, from: turn.owner, to: owner)
    }

    /// Gives all lanes back that are kept still.
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
