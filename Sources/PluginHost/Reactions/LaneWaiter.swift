import NIOConcurrencyHelpers

/// A `before` exchange in line for a lane.
///
/// `Sendable`.
final class LaneWaiter: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, any Error>)
        case done(Result<Void, any Error>)
    }

    /// What it waits for.
    let key: ReactionLanes.Key
    /// For whom.
    let owner: LaneOwner
    /// Its place among all that waits, the smallest first.
    let arrival: Int

    private let state = NIOLockedValueBox(State.idle)

    init(key: ReactionLanes.Key, owner: LaneOwner, arrival: Int) {
        self.key = key
        self.owner = owner
        self.arrival = arrival
    }

    /// Waits for ``end(_:)``; called once.
    func wait() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let result: Result<Void, any Error>? = state.withLockedValue { state in
                if case .done(let result) = state { return result }
                state = .waiting(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Ends the waiting; only the first end counts.
    func end(_ result: Result<Void, any Error>) {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLockedValue { state in
            switch state {
            case .idle:
                state = .done(result)
                return nil
            case .waiting(let continuation):
                state = .done(result)
                return continuation
            case .done:
                return nil
            }
        }
        continuation?.resume(with: result)
    }
}
