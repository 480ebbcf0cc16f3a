import PluginProtocol

/// What becomes of lanes, always under their lock.
extension ReactionLanes.State {
    mutating func append(_ item: WaitingReaction, _ key: ReactionLanes.Key) {
        var item = item
        lastArrival += 1
        item.arrival = lastArrival
        lanes[key, default: .init()].waiting.append(item)
        waiting[key.plugin, default: .init()].add([item])
    }

    /// How many exchanges came before one that would begin now, each about what came during the one before.
    func row(_ key: ReactionLanes.Key, now: Int?, pause: Duration) -> Int {
        if let lane = lanes[key] { return lane.row }
        guard let now, let last = recent[key], now - last.end < pause.microseconds else { return 0 }
        return last.row + 1
    }

    /// Remembers for a while that an exchange about a program's change ended.
    mutating func note(_ key: ReactionLanes.Key, endedAt now: Int, pause: Duration) {
        if recent.count >= 10_000 { recent = recent.filter { now - $0.value.end < pause.microseconds } }
        // Full of what is recent: a loop among so many is found out a little later.
        if recent.count >= 10_000 { recent = [:] }
        recent[key] = (lanes[key]?.row ?? 0, now)
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
        lane.row += 1
        lanes[key] = lane
        begun += 1
        waiting[plugin, default: .init()].remove(items)
        return ReactionLanes.Turn(key: key, owner: owner, items: items)
    }

    /// - Returns: whether a place has to be given back.
    mutating func undo(_ step: ReactionLanes.Step) -> Bool {
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
            lanes[key]?.row -= 1
            waiting[key.plugin, default: .init()].add(turn.items)
            return true
        case .dropped(let turn):
            var lane = lanes[key] ?? ReactionLanes.Lane()
            lane.waiting.insert(contentsOf: turn.items, at: 0)
            lane.row = max(lane.row - 1, 0)
            lanes[key] = lane
            waiting[key.plugin, default: .init()].add(turn.items)
            return false
        case .left(_, let owner, let isShared):
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
    mutating func add(_ items: [WaitingReaction]) {
        count += items.count
        bytes += items.reduce(0) { $0 + $1.work.bytes }
    }

    mutating func remove(_ items: [WaitingReaction]) {
        count -= items.count
        bytes -= items.reduce(0) { $0 + $1.work.bytes }
    }
}
