import NIOConcurrencyHelpers

/// Lets so many through at once and the others wait in order.
///
/// Each stage computes for a tenth of a second before it waits for anything: hundreds at once would hold up all other tests.
final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var line: [CheckedContinuation<Void, Never>] = []
    }

    /// For stages.
    static let stages = Turnstile(12)

    private let state: NIOLockedValueBox<State>

    init(_ places: Int) { state = NIOLockedValueBox(State(free: places)) }

    /// Runs something once there is a place.
    func pass<Value: Sendable>(_ body: () async throws -> Value) async rethrows -> Value {
        await withCheckedContinuation { continuation in
            let isFree = state.withLockedValue { state in
                if state.free == 0 {
                    state.line.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
        defer {
            let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
                if !state.line.isEmpty { return state.line.removeFirst() }
                state.free += 1
                return nil
            }
            next?.resume()
        }
        return try await body()
    }
}
