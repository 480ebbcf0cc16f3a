import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// Decides when an `after` exchange may begin: one at a time for each plugin and document, in order, within the plugin's places.
///
/// What cannot begin waits here and in the store; what waits for the same subscription is asked in one exchange when its turn comes.
/// Called from decisions on the store's writer: each call only changes this state, and can be taken back with ``undo(_:)`` if the
/// transaction fails. `Sendable`.
final class ReactionLanes: Sendable {
    /// One plugin on one document.
    struct Key: Hashable, Sendable {
        var plugin: PluginID
        var document: DocumentID
    }

    /// What became of events that a subscription wants.
    enum Placement: Sendable {
        /// The exchange may begin: lane and place are taken.
        case begin
        /// The events wait.
        case wait(PendingWork)
        /// Too much waits already for this plugin.
        case overloaded(waiting: Int)
    }

    /// Waiting work whose turn has come: lane and place are taken.
    struct Turn: Sendable {
        var key: Key
        var items: [WaitingReaction]
    }

    /// What a transaction changed here, so that it can be taken back.
    enum Step: Sendable {
        case began(Key)
        case waited(Key, WorkID)
        case turned(Turn)
        case finished(Key)

        /// The lane concerned.
        var key: Key {
            switch self {
            case .began(let key), .waited(let key, _), .finished(let key): key
            case .turned(let turn): turn.key
            }
        }
    }

    private struct Lane {
        var isRunning = false
        var waiting: [WaitingReaction] = []
    }

    private struct State {
        var lanes: [Key: Lane] = [:]
        /// Lanes of a plugin that have waiting work and do not run, oldest first.
        var ready: [PluginID: [Key]] = [:]
        var waitingCount: [PluginID: Int] = [:]
        var lastWorkID = WorkID(0)
        var isStopping = false
    }

    /// Pieces of work that may wait for one plugin before more are refused.
    static let waitingLimit = 10_000
    /// Events that one exchange carries at most.
    static let eventsLimit = 256

    private let state = NIOLockedValueBox(State())
    private let onReady = NIOLockedValueBox<(@Sendable (PluginID) -> Void)?>(nil)

    /// Sets who is told when work of a plugin may begin outside a transaction.
    func whenReady(_ body: @escaping @Sendable (PluginID) -> Void) { onReady.withLockedValue { $0 = body } }

    /// Tells that work of a plugin may be able to begin.
    func announce(_ plugin: PluginID) {
        guard hasReadyWork(plugin) else { return }
        onReady.withLockedValue { $0 }?(plugin)
    }

    /// Takes over what an earlier run left; nothing begins by itself.
    func load(_ work: [WaitingReaction], lastWorkID: WorkID) {
        state.withLockedValue { state in
            state.lastWorkID = max(state.lastWorkID, lastWorkID)
            for item in work {
                let key = Key(plugin: item.work.plugin, document: item.work.document)
                append(item, key, in: &state)
            }
        }
    }

    /// Lets nothing begin any more; what comes waits in the store for the next start.
    func stop() { state.withLockedValue { $0.isStopping = true } }

    /// Places events: at once if lane and place are free, else in line.
    func place(
        _ events: [Event],
        for candidate: MatchIndex.Candidate,
        document: DocumentID,
        actor: Actor,
        settlements: [Settlement]
    ) -> Placement {
        let plugin = candidate.plugin.id
        let key = Key(plugin: plugin, document: document)
        return state.withLockedValue { state in
            let isBusy = state.lanes[key].map { $0.isRunning || !$0.waiting.isEmpty } ?? false
            if !isBusy, !state.isStopping, candidate.registered.runtime.bulkhead.tryEnter() {
                state.lanes[key, default: Lane()].isRunning = true
                return .begin
            }
            let count = state.waitingCount[plugin] ?? 0
            guard count < Self.waitingLimit else { return .overloaded(waiting: count) }
            state.lastWorkID.rawValue += 1
            let work = PendingWork(
                id: state.lastWorkID,
                plugin: plugin,
                document: document,
                subscription: candidate.number,
                actor: actor,
                events: events
            )
            append(WaitingReaction(work: work, settlements: settlements), key, in: &state)
            return .wait(work)
        }
    }

    /// Frees a lane whose exchange ended, and hands its place on: to a `before` exchange in line, else to the plugin's next lane.
    func finish(_ key: Key, runtime: PluginRuntime) -> Turn? {
        state.withLockedValue { state in
            if var lane = state.lanes[key] {
                lane.isRunning = false
                if lane.waiting.isEmpty {
                    state.lanes[key] = nil
                } else {
                    state.lanes[key] = lane
                    state.ready[key.plugin, default: []].append(key)
                }
            }
            if !state.isStopping, !runtime.bulkhead.hasLine, let turn = takeTurn(key.plugin, in: &state) { return turn }
            runtime.bulkhead.leave()
            return nil
        }
    }

    /// Frees the lane of an exchange whose end the store does not take; nothing begins by itself.
    func release(_ key: Key, runtime: PluginRuntime) {
        state.withLockedValue { release(key, in: &$0) }
        runtime.bulkhead.leave()
    }

    /// The next waiting work of a plugin, if a place is free for it.
    func next(_ plugin: PluginID, runtime: PluginRuntime) -> Turn? {
        state.withLockedValue { state in
            guard !state.isStopping, state.ready[plugin]?.isEmpty == false, runtime.bulkhead.tryEnter() else {
                return nil
            }
            if let turn = takeTurn(plugin, in: &state) { return turn }
            runtime.bulkhead.leave()
            return nil
        }
    }

    /// Plugins for which work waits that could begin.
    var pluginsWithReadyWork: [PluginID] {
        state.withLockedValue { state in state.ready.filter { !$0.value.isEmpty }.map(\.key) }
    }

    /// Whether work of a plugin waits that could begin.
    func hasReadyWork(_ plugin: PluginID) -> Bool {
        state.withLockedValue { $0.ready[plugin]?.isEmpty == false }
    }

    /// Forgets all waiting work of a plugin.
    func drop(_ plugin: PluginID) -> [WaitingReaction] {
        state.withLockedValue { state in
            var dropped: [WaitingReaction] = []
            for (key, lane) in state.lanes where key.plugin == plugin && !lane.waiting.isEmpty {
                dropped += lane.waiting
                if lane.isRunning { state.lanes[key]?.waiting = [] } else { state.lanes[key] = nil }
            }
            state.ready[plugin] = nil
            state.waitingCount[plugin] = nil
            return dropped
        }
    }

    /// Takes back what a failed transaction had changed, last step first.
    func undo(_ steps: [Step], runtime: (PluginID) -> PluginRuntime?) {
        for step in steps.reversed() {
            switch step {
            case .began(let key):
                state.withLockedValue { state in
                    release(key, in: &state)
                }
                runtime(key.plugin)?.bulkhead.leave()
            case .waited(let key, let work):
                state.withLockedValue { state in
                    // It may have been dropped meanwhile, with all that waits for the plugin.
                    guard let index = state.lanes[key]?.waiting.lastIndex(where: { $0.work.id == work }) else { return }
                    state.lanes[key]?.waiting.remove(at: index)
                    state.waitingCount[key.plugin, default: 1] -= 1
                    settle(key, in: &state)
                }
            case .turned(let turn):
                state.withLockedValue { state in
                    state.lanes[turn.key, default: Lane()].waiting.insert(contentsOf: turn.items, at: 0)
                    state.waitingCount[turn.key.plugin, default: 0] += turn.items.count
                    release(turn.key, in: &state)
                }
                runtime(turn.key.plugin)?.bulkhead.leave()
            case .finished(let key):
                // Until its end is stored, no other exchange may begin that would be told of a state from before it.
                state.withLockedValue { state in
                    state.lanes[key, default: Lane()].isRunning = true
                    state.ready[key.plugin]?.removeAll { $0 == key }
                }
                runtime(key.plugin)?.bulkhead.reenter()
            }
        }
    }

    private func append(_ item: WaitingReaction, _ key: Key, in state: inout State) {
        let wasEmpty = state.lanes[key]?.waiting.isEmpty ?? true
        state.lanes[key, default: Lane()].waiting.append(item)
        state.waitingCount[key.plugin, default: 0] += 1
        if wasEmpty, state.lanes[key]?.isRunning == false { state.ready[key.plugin, default: []].append(key) }
    }

    private func takeTurn(_ plugin: PluginID, in state: inout State) -> Turn? {
        var found: (key: Key, lane: Lane, first: WaitingReaction)?
        while found == nil, let key = state.ready[plugin]?.first {
            state.ready[plugin]?.removeFirst()
            // A lane that was taken or emptied since it became ready is none.
            if let lane = state.lanes[key], !lane.isRunning, let first = lane.waiting.first {
                found = (key, lane, first)
            }
        }
        if state.ready[plugin]?.isEmpty == true { state.ready[plugin] = nil }
        guard case (let key, var lane, let first)? = found else { return nil }
        var items: [WaitingReaction] = []
        var events = 0
        var rest: [WaitingReaction] = []
        for item in lane.waiting {
            let fits = items.isEmpty || events + item.work.events.count <= Self.eventsLimit
            // Only what stands in an unbroken line is asked together, so that order is kept for each subscription.
            if rest.isEmpty, fits, item.work.subscription == first.work.subscription {
                items.append(item)
                events += item.work.events.count
            } else {
                rest.append(item)
            }
        }
        lane.waiting = rest
        lane.isRunning = true
        state.lanes[key] = lane
        state.waitingCount[plugin, default: 0] -= items.count
        return Turn(key: key, items: items)
    }

    private func release(_ key: Key, in state: inout State) {
        state.lanes[key]?.isRunning = false
        settle(key, in: &state)
        if let lane = state.lanes[key], !lane.waiting.isEmpty, state.ready[key.plugin]?.contains(key) != true {
            state.ready[key.plugin, default: []].append(key)
        }
    }

    /// Removes a lane that neither runs nor waits.
    private func settle(_ key: Key, in state: inout State) {
        if let lane = state.lanes[key], !lane.isRunning, lane.waiting.isEmpty {
            state.lanes[key] = nil
            state.ready[key.plugin]?.removeAll { $0 == key }
        }
    }
}
