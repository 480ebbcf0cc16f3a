import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// Sees to it that exchanges of one plugin about one document never overlap: each such pair is a lane for one exchange at a time.
///
/// `after` exchanges begin in decisions on the store's writer, in order and within the plugin's places. What cannot begin waits here
/// and in the store; what waits for the same subscription is asked in one exchange when its turn comes. What decisions
/// change can be taken back with ``undo(_:runtime:)`` if the transaction fails. `before` exchanges come from elsewhere and wait for
/// their lane in line with that work, in the order of arrival. `Sendable`.
final class ReactionLanes: Sendable {
    /// One plugin on one document.
    struct Key: Hashable, Sendable {
        var plugin: PluginID
        var document: DocumentID
    }

    /// What became of events that a subscription wants.
    enum Placement: Sendable {
        /// The exchange may begin: lane and place are taken.
        case begin(LaneOwner)
        /// The events wait.
        case wait(PendingWork)
        /// The lane was never idle for so many exchanges: they may lead to each other.
        case looping(Int)
        /// Too much waits already for this plugin.
        case overloaded(Waiting)
    }

    /// How much waits for a plugin.
    struct Waiting: Sendable, Equatable {
        var count = 0
        var bytes = 0
    }

    /// Waiting work whose turn has come: lane and place are taken.
    struct Turn: Sendable {
        var key: Key
        var owner: LaneOwner
        var items: [WaitingReaction]
    }

    /// What a transaction changed here, so that it can be taken back.
    enum Step: Sendable {
        case began(Key, LaneOwner)
        case waited(Key, WorkID)
        case turned(Turn)
        /// Work whose turn had come was given up.
        case dropped(Turn)
        /// Left by an `after` exchange, whose place went on with the lane, or by a `before` chain.
        case left(Key, LaneOwner, isShared: Bool)

        /// The lane concerned.
        var key: Key {
            switch self {
            case .began(let key, _), .waited(let key, _), .left(let key, _, _): key
            case .turned(let turn), .dropped(let turn): turn.key
            }
        }

        /// Whether a turn led to no exchange.
        var isDropped: Bool { if case .dropped = self { true } else { false } }
    }

    struct Lane {
        /// Whose exchange is under way, or has yet to be stored.
        var owner: LaneOwner?
        /// Those who came about in the course of that, the latest last.
        var nested: [LaneOwner] = []
        var waiting: [WaitingReaction] = []
        /// `before` exchanges, oldest first.
        var line: [LaneWaiter] = []
        /// Whether it stands among the ready ones.
        var isReady = false
        /// Transactions not yet durable in which it was left.
        ///
        /// What is asked from outside a decision must not see the time before them.
        var leaving = 0
        /// Exchanges in a row, each about what came while the one before was under way.
        var row = 0
        /// Rises with each state of the plugin that is stored for the document.
        var states = 0

        var top: LaneOwner? { nested.last ?? owner }

        var isUnused: Bool { owner == nil && waiting.isEmpty && line.isEmpty && leaving == 0 }

        mutating func remove(_ leaver: LaneOwner) {
            nested.removeAll { $0 === leaver }
            if owner === leaver { owner = nested.isEmpty ? nil : nested.removeFirst() }
        }

        /// Has the chain that an exchange belongs to have the lane instead of it, unless it has it anyway.
        mutating func replace(_ exchange: LaneOwner, by chain: LaneOwner) {
            if owner === chain || nested.contains(where: { $0 === chain }) { return remove(exchange) }
            if owner === exchange { owner = chain }
            if let index = nested.firstIndex(where: { $0 === exchange }) { nested[index] = chain }
        }

        mutating func restore(_ leaver: LaneOwner) {
            if let owner, owner.isWithin(leaver) {
                nested.insert(owner, at: 0)
                self.owner = leaver
            } else if owner == nil {
                owner = leaver
            } else {
                nested.append(leaver)
            }
        }
    }

    struct State {
        var lanes: [Key: Lane] = [:]
        /// Lanes of a plugin whose waiting work may begin, oldest first; some may have been taken or emptied meanwhile.
        var ready: [PluginID: [Key]] = [:]
        var waiting: [PluginID: Waiting] = [:]
        var waiters: [ObjectIdentifier: LaneWaiter] = [:]
        /// Lanes whose last exchange was about a program's change: how many in a row, and when it ended.
        var recent: [Key: (row: Int, end: Int)] = [:]
        var lastWorkID = WorkID(0)
        var lastArrival = 0
        /// Exchanges that a decision began and nobody carries out yet.
        var begun = 0
        var isStopping = false
    }

    let limits: Limits
    let state = NIOLockedValueBox(State())
    private let onDrained = NIOLockedValueBox<(@Sendable () -> Void)?>(nil)
    private let onReady = NIOLockedValueBox<(@Sendable (PluginID) -> Void)?>(nil)

    init(limits: Limits) {
        self.limits = limits
    }

    /// Sets who is told, once nothing begins any more, when the last exchange that began was handed over.
    func whenDrained(_ body: @escaping @Sendable () -> Void) { onDrained.withLockedValue { $0 = body } }

    /// Takes note that exchanges which began are carried out now, or are no exchanges after all.
    func handOver(_ count: Int) {
        let isDrained = state.withLockedValue { state in
            state.begun -= count
            return state.isStopping && state.begun == 0
        }
        if isDrained { onDrained.withLockedValue { $0 }?() }
    }

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
                state.append(item, key)
                _ = state.advance(key)
            }
        }
    }

    /// Lets nothing begin any more; what comes waits in the store for the next start.
    func stop() {
        let admitted = state.withLockedValue { state in
            state.isStopping = true
            // `before` exchanges that are under way may end; those behind work that does not begin any more need not wait for it.
            return state.lanes.filter { !$0.value.line.isEmpty }.keys.compactMap { state.advance($0) }
        }
        for waiter in admitted { waiter.end(.success(())) }
        handOver(0)
    }

    /// Places events, of at most so many bytes: at once if lane and place are free, else in line.
    ///
    /// Whether a change was made in answer to an event is known only if its maker says so. For those who do not: a lane that is never idle, each exchange
    /// being about what came during the one before, is taken for a loop after ``Limits/reactionsPerDocument``. A person's change
    /// in an idle lane starts anew, a program's within ``Limits/reactionPause`` of the last exchange does not.
    ///
    /// `now` is the time, if a program made the change and named no event that it answers.
    func place(
        _ events: [Event],
        bytes: Int,
        for candidate: MatchIndex.Candidate,
        document: DocumentID,
        actor: Actor,
        settlements: [Settlement],
        trace: TraceContext? = nil,
        now: Int?
    ) -> Placement {
        let plugin = candidate.plugin.id
        let key = Key(plugin: plugin, document: document)
        return state.withLockedValue { state in
            let isBusy = state.lanes[key].map { $0.owner != nil || !$0.waiting.isEmpty || !$0.line.isEmpty } ?? false
            let row = state.row(key, now: now, pause: limits.reactionPause)
            guard row < limits.reactionsPerDocument else { return .looping(row) }
            // Work that waits for a place came first.
            let isNext = !isBusy && state.ready[plugin]?.isEmpty != false
            if isNext, !state.isStopping, candidate.registered.runtime.bulkhead.tryEnter() {
                let owner = LaneOwner()
                var lane = state.lanes[key] ?? Lane()
                lane.owner = owner
                lane.row = row
                state.lanes[key] = lane
                state.begun += 1
                return .begin(owner)
            }
            let waiting = state.waiting[plugin] ?? Waiting()
            guard waiting.count < limits.workWaiting, waiting.bytes + bytes <= limits.workWaitingBytes else {
                return .overloaded(waiting)
            }
            state.lastWorkID.rawValue += 1
            let work = PendingWork(
                id: state.lastWorkID,
                plugin: plugin,
                document: document,
                subscription: candidate.identity,
                actor: actor,
                events: events,
                bytes: bytes
            )
            state.append(WaitingReaction(work: work, settlements: settlements, trace: trace), key)
            if !isBusy { _ = state.advance(key) }
            return .wait(work)
        }
    }

    /// Frees a lane whose exchange ended.
    ///
    /// A lane that `before` exchanges want too (`isShared`) is theirs only once ``settle(_:)`` says that this is durable.
    /// `now` is the time, if the exchange was about a program's change that named no event.
    func finish(_ key: Key, _ owner: LaneOwner, isShared: Bool, now: Int? = nil) {
        state.withLockedValue { state in
            if let now { state.note(key, endedAt: now, pause: limits.reactionPause) }
            state.leave(key, owner, isShared: isShared)
        }
    }

    /// The next waiting work of a plugin, if a place is free for it.
    func next(_ plugin: PluginID, runtime: PluginRuntime) -> Turn? {
        if runtime.isPending.withLockedValue({ $0 }) { return nil }
        return state.withLockedValue { state in
            guard !state.isStopping, state.ready[plugin]?.isEmpty == false, runtime.bulkhead.tryEnter() else {
                return nil
            }
            if let turn = state.takeTurn(plugin, limits) { return turn }
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
        let (dropped, admitted) = state.withLockedValue { state in
            var dropped: [WaitingReaction] = []
            var admitted: [LaneWaiter] = []
            for (key, lane) in state.lanes where key.plugin == plugin && !lane.waiting.isEmpty {
                dropped += lane.waiting
                state.lanes[key]?.waiting = []
                if let waiter = state.advance(key) { admitted.append(waiter) }
            }
            state.waiting[plugin] = nil
            return (dropped, admitted)
        }
        for waiter in admitted { waiter.end(.success(())) }
        return dropped
    }

    /// Makes known what a transaction changed that is durable now.
    func settle(_ steps: [Step]) {
        let dropped = steps.count(where: \.isDropped)
        if dropped > 0 { handOver(dropped) }
        let left = steps.compactMap { step -> Key? in
            if case .left(let key, _, isShared: true) = step { key } else { nil }
        }
        if !left.isEmpty { open(left) }
    }

    /// Takes back what a failed transaction had changed, last step first.
    func undo(_ steps: [Step], runtime: (PluginID) -> PluginRuntime?) {
        guard !steps.isEmpty else { return }
        var places: [PluginID] = []
        let admitted = state.withLockedValue { state in
            for step in steps.reversed() {
                if state.undo(step) { places.append(step.key.plugin) }
            }
            return Set(steps.map(\.key)).compactMap { state.advance($0) }
        }
        for plugin in places { runtime(plugin)?.bulkhead.leave() }
        let dropped = steps.count(where: \.isDropped)
        if places.count + dropped > 0 { handOver(places.count + dropped) }
        for waiter in admitted { waiter.end(.success(())) }
    }
}
