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
        /// Left by an `after` exchange, whose place went on with the lane, or by a `before` chain.
        case left(Key, LaneOwner, withPlace: Bool, isShared: Bool)

        /// The lane concerned.
        var key: Key {
            switch self {
            case .began(let key, _), .waited(let key, _), .left(let key, _, _, _): key
            case .turned(let turn): turn.key
            }
        }
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
        /// Rises with each state of the plugin that is stored for the document.
        var states = 0

        var top: LaneOwner? { nested.last ?? owner }

        var isUnused: Bool { owner == nil && waiting.isEmpty && line.isEmpty && leaving == 0 }

        mutating func remove(_ leaver: LaneOwner) {
            nested.removeAll { $0 === leaver }
            if owner === leaver { owner = nested.isEmpty ? nil : nested.removeFirst() }
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
    func place(
        _ events: [Event],
        bytes: Int,
        for candidate: MatchIndex.Candidate,
        document: DocumentID,
        actor: Actor,
        settlements: [Settlement]
    ) -> Placement {
        let plugin = candidate.plugin.id
        let key = Key(plugin: plugin, document: document)
        return state.withLockedValue { state in
            let isBusy = state.lanes[key].map { $0.owner != nil || !$0.waiting.isEmpty || !$0.line.isEmpty } ?? false
            if !isBusy, !state.isStopping, candidate.registered.runtime.bulkhead.tryEnter() {
                let owner = LaneOwner()
                state.lanes[key, default: Lane()].owner = owner
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
            state.append(WaitingReaction(work: work, settlements: settlements), key)
            if !isBusy { _ = state.advance(key) }
            return .wait(work)
        }
    }

    /// Frees a lane whose exchange ended, and hands its place on: to a `before` exchange in line, else to the plugin's next lane.
    ///
    /// A lane that `before` exchanges want too (`isShared`) is theirs only once ``settle(_:)`` says that this is durable.
    func finish(_ key: Key, _ owner: LaneOwner, runtime: PluginRuntime, isShared: Bool) -> Turn? {
        let isPending = runtime.isPending.withLockedValue { $0 }
        return state.withLockedValue { state in
            state.leave(key, owner, isShared: isShared)
            if !state.isStopping, !runtime.bulkhead.hasLine, !isPending, let turn = state.takeTurn(key.plugin, limits) {
                return turn
            }
            runtime.bulkhead.leave()
            return nil
        }
    }

    /// Frees the lane of an exchange whose end the store does not take; nothing begins by itself.
    func release(_ key: Key, _ owner: LaneOwner, runtime: PluginRuntime) {
        leave(key, owner)
        runtime.bulkhead.leave()
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
        // First what is taken back, so that a place which went on with a lane is not offered to others in between.
        for case .left(let key, _, true, _) in steps { runtime(key.plugin)?.bulkhead.reenter() }
        for plugin in places { runtime(plugin)?.bulkhead.leave() }
        if !places.isEmpty { handOver(places.count) }
        for waiter in admitted { waiter.end(.success(())) }
    }
}

extension ReactionLanes.State {
    mutating func append(_ item: WaitingReaction, _ key: ReactionLanes.Key) {
        var item = item
        lastArrival += 1
        item.arrival = lastArrival
        lanes[key, default: .init()].waiting.append(item)
        waiting[key.plugin, default: .init()].add([item])
    }

    /// Takes a lane from its owner, in a decision.
    mutating func leave(_ key: ReactionLanes.Key, _ owner: LaneOwner, isShared: Bool) {
        guard lanes[key] != nil else { return }
        lanes[key]?.remove(owner)
        if isShared { lanes[key]?.leaving += 1 }
        // Nobody is admitted that waits outside decisions if the lane is shared, and nobody is there if it is not.
        _ = advance(key)
    }

    /// Looks what a lane is for next: removes it if for nothing, marks it as ready if work is next.
    ///
    /// - Returns: the exchange that has the lane now and is to be told so.
    mutating func advance(_ key: ReactionLanes.Key) -> LaneWaiter? {
        guard var lane = lanes[key] else { return nil }
        if lane.isUnused {
            lanes[key] = nil
            return nil
        }
        defer { lanes[key] = lane }
        if let top = lane.top {
            // What came about in the course of the exchange under way must not wait for its end.
            guard let index = lane.line.firstIndex(where: { $0.owner.isWithin(top) }) else { return nil }
            let waiter = lane.line.remove(at: index)
            waiters[ObjectIdentifier(waiter)] = nil
            lane.nested.append(waiter.owner)
            return waiter
        }
        if lane.isWorkNext, !isStopping {
            if !lane.isReady { ready[key.plugin, default: []].append(key) }
            lane.isReady = true
            return nil
        }
        guard lane.leaving == 0, !lane.line.isEmpty else { return nil }
        let waiter = lane.line.removeFirst()
        waiters[ObjectIdentifier(waiter)] = nil
        lane.owner = waiter.owner
        return waiter
    }

    mutating func takeTurn(_ plugin: PluginID, _ limits: Limits) -> ReactionLanes.Turn? {
        var found: (key: ReactionLanes.Key, lane: ReactionLanes.Lane, first: WaitingReaction)?
        while found == nil, let key = ready[plugin]?.first {
            ready[plugin]?.removeFirst()
            guard var lane = lanes[key] else { continue }
            lane.isReady = false
            lanes[key] = lane
            // A lane that was taken or emptied since it became ready is none.
            if lane.owner == nil, lane.isWorkNext, let first = lane.waiting.first { found = (key, lane, first) }
        }
        if ready[plugin]?.isEmpty == true { ready[plugin] = nil }
        guard case (let key, var lane, let first)? = found else { return nil }
        var items: [WaitingReaction] = []
        var events = 0
        var bytes = 0
        var rest: [WaitingReaction] = []
        for item in lane.waiting {
            let fits =
                items.isEmpty
                || events + item.work.events.count <= limits.eventsPerExchange
                    && bytes + item.work.bytes <= limits.eventBytesPerExchange
            // Only what stands in an unbroken line is asked together, so that order is kept for each subscription.
            if rest.isEmpty, fits, item.work.subscription == first.work.subscription {
                items.append(item)
                events += item.work.events.count
                bytes += item.work.bytes
            } else {
                rest.append(item)
            }
        }
        let owner = LaneOwner()
        lane.waiting = rest
        lane.owner = owner
        lanes[key] = lane
        begun += 1
        waiting[plugin, default: .init()].remove(items)
        return ReactionLanes.Turn(key: key, owner: owner, items: items)
    }

    /// - Returns: whether a place has to be given back.
    fileprivate mutating func undo(_ step: ReactionLanes.Step) -> Bool {
        let key = step.key
        switch step {
        case .began(_, let owner):
            lanes[key]?.remove(owner)
            return true
        case .waited(_, let work):
            // It may have been dropped meanwhile, with all that waits for the plugin.
            guard let index = lanes[key]?.waiting.lastIndex(where: { $0.work.id == work }) else { return false }
            guard let item = lanes[key]?.waiting.remove(at: index) else { return false }
            waiting[key.plugin, default: .init()].remove([item])
            return false
        case .turned(let turn):
            lanes[key]?.remove(turn.owner)
            lanes[key, default: .init()].waiting.insert(contentsOf: turn.items, at: 0)
            waiting[key.plugin, default: .init()].add(turn.items)
            return true
        case .left(_, let owner, _, let isShared):
            // Until its end is stored, no other exchange may begin that would be told of a state from before it.
            var lane = lanes[key] ?? ReactionLanes.Lane()
            lane.restore(owner)
            if isShared { lane.leaving -= 1 }
            lanes[key] = lane
            return false
        }
    }
}

extension ReactionLanes.Lane {
    /// Whether waiting work came before all `before` exchanges in line.
    var isWorkNext: Bool {
        guard let work = waiting.first else { return false }
        return line.first.map { work.arrival < $0.arrival } ?? true
    }
}

extension ReactionLanes.Waiting {
    fileprivate mutating func add(_ items: [WaitingReaction]) {
        count += items.count
        bytes += items.reduce(0) { $0 + $1.work.bytes }
    }

    fileprivate mutating func remove(_ items: [WaitingReaction]) {
        count -= items.count
        bytes -= items.reduce(0) { $0 + $1.work.bytes }
    }
}
