internal import NIOConcurrencyHelpers
internal import PluginHost

/// Lets readers wait until what they have seen is durable.
///
/// SQLite shows a commit to other connections as soon as it is in the log, some hundred microseconds before the disk has it.
/// A reader that told of it at once could tell of something that a power failure then undoes.
final class DurabilityGate: Sendable {
    private struct State {
        var begun = 0
        var ended = 0
        var failure: HostError?
        var waiting: [(commit: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = NIOLockedValueBox(State())

    /// Notes that a commit begins; before it does, so that nobody sees it earlier.
    ///
    /// - Returns: its number.
    func begin() -> Int {
        state.withLockedValue { state in
            state.begun += 1
            return state.begun
        }
    }

    /// Notes that a commit is durable, or was taken back.
    func end(_ commit: Int) {
        let ready = state.withLockedValue { state in
            state.ended = commit
            guard !state.waiting.isEmpty else { return [CheckedContinuation<Void, any Error>]() }
            let ready = state.waiting.filter { $0.commit <= commit }.map(\.continuation)
            state.waiting.removeAll { $0.commit <= commit }
            return ready
        }
        for continuation in ready { continuation.resume() }
    }

    /// Notes that nothing will become durable any more.
    func fail(_ error: HostError) {
        let waiting = state.withLockedValue { state in
            state.failure = error
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiting in waiting { waiting.continuation.resume(throwing: error) }
    }

    /// Waits until every commit that has begun is durable or was taken back.
    ///
    /// - Throws: what keeps it from becoming durable.
    func wait() async throws {
        guard state.withLockedValue({ $0.begun > $0.ended }) else { return }
        try await withCheckedThrowingContinuation { continuation in
            let answer = state.withLockedValue { state -> Result<Void, any Error>? in
                if let failure = state.failure { return .failure(failure) }
                if state.begun == state.ended { return .success(()) }
                state.waiting.append((state.begun, continuation))
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }
}
