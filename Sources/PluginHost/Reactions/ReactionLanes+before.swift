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

    /// Takes a lane, waiting for it at most `timeout`; does nothing if the owner has it already.
    ///
    /// What came about in the course of the exchange under way (a plugin calls back, and is or makes others be asked) goes in at once, since
    /// that exchange may wait for it.
    ///
    /// - Parameters:
    ///   - key: the lane.
    ///   - owner: for whom.
    ///   - holdsOthers: whether the owner has other lanes meanwhile, so that someone may wait for it.
    ///   - lineLimit: how many may wait.
    ///   - timeout: for waiting.
    ///   - clock: measures it.
    /// - Throws: ``Refused``, or `CancellationError`.
    func enter(
        _ key: Key,
        _ owner: LaneOwner,
        holdsOthers: Bool,
        lineLimit: Int,
        timeout: Duration,
        clock: HostClock
    ) async throws {
        let waiter: LaneWaiter? = try state.withLockedValue { state in
            var lane = state.lanes[key] ?? Lane()
            if let top = lane.top {
                if top === owner { return nil }
                if owner.isWithin(top) {
                    state.lanes[key]?.nested.append(owner)
                    return nil
                }
            } else if lane.line.isEmpty, lane.waiting.isEmpty || state.isStopping, lane.leaving == 0 {
                lane.owner = owner
                state.lanes[key] = lane
                return nil
            }
            guard lane.line.count < lineLimit else { throw Refused.overloaded(waiting: lane.line.count) }
            if holdsOthers || owner.parent != nil, state.wouldWaitForItself(owner, at: key) { throw Refused.deadlock }
            state.lastArrival += 1
            let waiter = LaneWaiter(key: key, owner: owner, arrival: state.lastArrival)
            lane.line.append(waiter)
            state.lanes[key] = lane
            state.waiters[ObjectIdentifier(waiter)] = waiter
            return waiter
        }
        guard let waiter else { return }
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

    private func withdraw(_ waiter: LaneWaiter, _ error: any Error) {
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
    /// Whether whoever has the lane waits, along other lanes, for this owner or something that it came about in.
    fileprivate func wouldWaitForItself(_ owner: LaneOwner, at key: ReactionLanes.Key) -> Bool {
        var seen: Set<ObjectIdentifier> = []
        var open = lanes[key]?.top.map { [$0] } ?? []
        while let holder = open.popLast() {
            guard seen.insert(ObjectIdentifier(holder)).inserted else { continue }
            if owner.isWithin(holder) { return true }
            // The holder goes on once all has ended that came about in its course.
            for waiter in waiters.values where waiter.owner.isWithin(holder) {
                if let top = lanes[waiter.key]?.top { open.append(top) }
            }
        }
        return false
    }
}
