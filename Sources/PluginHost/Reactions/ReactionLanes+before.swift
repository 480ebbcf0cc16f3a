import NIOConcurrencyHelpers
import PluginProtocol

/// The lanes as `before` chains use them: outside decisions, waiting in line.
extension ReactionLanes {
    /// Why a `before` exchange did not get its lane.
    enum Refused: Error {
        /// Too many are in line.
        case overloaded(waiting: Int)
        /// Whoever has the lane waits for this change itself.
        case deadlock
        /// The time for waiting ran out.
        case timedOut
    }

    /// Takes lanes, or a place in the line for each, all in one step.
    ///
    /// Whoever else wants several of them at once is before this one in all lines, or behind it in all: two never wait for each other.
    ///
    /// What came about in the course of the exchange under way (a plugin calls back, and is or makes others be asked) goes in at once, since
    /// that exchange may wait for it.
    ///
    /// - Parameters:
    ///   - wishes: the lanes, and for whom; each lane once.
    ///   - mayCloseCircle: whether the owners, or what they came about in, have or want other lanes meanwhile, so that someone may
    ///     wait for them.
    ///   - lineLimit: how many may wait for one lane.
    /// - Returns: for each wish, whom to ``wait(for:timeout:clock:)`` for; nil where the lane is had.
    func lineUp(
        _ wishes: [(key: Key, owner: LaneOwner)],
        mayCloseCircle: Bool,
        lineLimit: Int
    ) -> [Result<LaneWaiter?, Refused>] {
        state.withLockedValue { state in
            wishes.map { key, owner in
                Result { () throws(Refused) in
                    try state.lineUp(key, owner, mayCloseCircle: mayCloseCircle, lineLimit: lineLimit)
                }
            }
        }
    }

    /// Waits until a lane is had, at most `timeout`.
    ///
    /// - Throws: ``Refused/timedOut``, or `CancellationError`.
    func wait(for waiter: LaneWaiter, timeout: Duration, clock: HostClock) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await clock.sleep(timeout)
                self.withdraw(waiter, Refused.timedOut)
            }
            defer { group.cancelAll() }
            try await withTaskCancellationHandler {
                try await waiter.wait()
            } onCancel: {
                withdraw(waiter, CancellationError())
            }
        }
    }

    /// Hands a lane on from an exchange to its chain, which keeps it until the plugin's state is stored.
    func handOn(_ key: Key, from exchange: LaneOwner, to chain: LaneOwner) {
        let admitted = state.withLockedValue { state in
            state.lanes[key]?.replace(exchange, by: chain)
            return state.advance(key)
        }
        admitted?.end(.success(()))
    }

    /// Gives a lane back, outside decisions; does nothing if the owner does not have it.
    func leave(_ key: Key, _ owner: LaneOwner) {
        let admitted = state.withLockedValue { state in
            state.lanes[key]?.remove(owner)
            return state.advance(key)
        }
        admitted?.end(.success(()))
    }

    /// Gives a lane back in a decision; others than decisions see that once ``settle(_:)`` says that it is durable.
    func vacate(_ key: Key, _ owner: LaneOwner) { state.withLockedValue { $0.leave(key, owner, isShared: true) } }

    /// Opens, for those outside decisions, the lanes that were left in a transaction which is durable now.
    func open(_ keys: [Key]) {
        let admitted = state.withLockedValue { state in
            keys.compactMap { key in
                state.lanes[key]?.leaving -= 1
                return state.advance(key)
            }
        }
        for waiter in admitted { waiter.end(.success(())) }
        for key in keys { announce(key.plugin) }
    }

    /// How often a state of the plugin for the document was stored, since the lane was taken.
    func stateCount(_ key: Key) -> Int { state.withLockedValue { $0.lanes[key]?.states ?? 0 } }

    /// Takes note, in a decision, of a state of the plugin that is stored for the document.
    func countState(_ key: Key) { state.withLockedValue { $0.lanes[key]?.states += 1 } }

    /// How many `before` exchanges are in line for a lane.
    func lineCount(_ key: Key) -> Int { state.withLockedValue { $0.lanes[key]?.line.count ?? 0 } }

    /// Takes an exchange out of the line, unless it has the lane by now.
    func withdraw(_ waiter: LaneWaiter, _ error: any Error) {
        let (isOut, admitted) = state.withLockedValue { state -> (Bool, LaneWaiter?) in
            guard state.waiters.removeValue(forKey: ObjectIdentifier(waiter)) != nil else { return (false, nil) }
            state.lanes[waiter.key]?.line.removeAll { $0 === waiter }
            return (true, state.advance(waiter.key))
        }
        // One that has the lane by now goes on; its time will tell.
        if isOut { waiter.end(.failure(error)) }
        admitted?.end(.success(()))
    }
}

extension ReactionLanes.State {
    fileprivate mutating func lineUp(
        _ key: ReactionLanes.Key,
        _ owner: LaneOwner,
        mayCloseCircle: Bool,
        lineLimit: Int
    ) throws(ReactionLanes.Refused) -> LaneWaiter? {
        var lane = lanes[key] ?? ReactionLanes.Lane()
        if let top = lane.top {
            if owner.isWithin(top) {
                lanes[key]?.nested.append(owner)
                return nil
            }
        } else if lane.line.isEmpty, lane.waiting.isEmpty || isStopping, lane.leaving == 0 {
            lane.owner = owner
            lanes[key] = lane
            return nil
        }
        guard lane.line.count < lineLimit else { throw .overloaded(waiting: lane.line.count) }
        if mayCloseCircle, wouldWaitForItself(owner, at: key) { throw .deadlock }
        lastArrival += 1
        let waiter = LaneWaiter(key: key, owner: owner, arrival: lastArrival)
        lane.line.append(waiter)
        lanes[key] = lane
        waiters[ObjectIdentifier(waiter)] = waiter
        return waiter
    }

    /// Whether what must end before the owner has the lane waits, along other lanes, for the owner or something that it came about in.
    private func wouldWaitForItself(_ owner: LaneOwner, at key: ReactionLanes.Key) -> Bool {
        var seen: Set<ObjectIdentifier> = []
        var open = inTheWay(of: owner, at: key)
        while let other = open.popLast() {
            guard seen.insert(ObjectIdentifier(other)).inserted else { continue }
            if owner.isWithin(other) { return true }
            // It ends once all has ended that came about in its course.
            for waiter in waiters.values where waiter.owner.isWithin(other) {
                open += inTheWay(of: waiter.owner, at: waiter.key, before: waiter)
            }
        }
        return false
    }

    /// What must end before an owner has a lane: who has it, and those in line before it.
    private func inTheWay(
        of owner: LaneOwner,
        at key: ReactionLanes.Key,
        before waiter: LaneWaiter? = nil
    ) -> [LaneOwner] {
        guard let lane = lanes[key] else { return [] }
        let ahead = lane.line.prefix { $0 !== waiter }.map(\.owner)
        return ((lane.top.map { [$0] } ?? []) + ahead).map { $0.mustEnd(for: owner) }
    }
}
