import NIOConcurrencyHelpers

/// Knows when all reactions to a change have ended, those to the reactions included.
///
/// Every piece of work that a change leads to holds the settlement open from before it is durable until it has ended. `Sendable`.
final class Settlement: Sendable {
    private struct State {
        var open = 1
        var ended: [ExchangeRecord] = []
        var expired = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// When waiting ends at the latest, in the engine clock's microseconds.
    let deadline: Int
    private let state = NIOLockedValueBox(State())

    /// A settlement that its maker holds open.
    init(deadline: Int) {
        self.deadline = deadline
    }

    /// Holds it open once more.
    func begin() { state.withLockedValue { $0.open += 1 } }

    /// Takes note of an exchange that ended.
    func note(_ record: ExchangeRecord) { state.withLockedValue { $0.ended.append(record) } }

    /// Lets go of it.
    func end() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLockedValue { state in
            state.open -= 1
            guard state.open == 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Ends the waiting, whatever is still open.
    func expire() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLockedValue { state in
            state.expired = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Whether nothing is open.
    var isSettled: Bool { state.withLockedValue { $0.open == 0 } }

    /// The exchanges that ended so far.
    var records: [ExchangeRecord] { state.withLockedValue { $0.ended } }

    /// Waits until nothing is open or ``expire()`` was called; one caller at most.
    func wait() async {
        await withCheckedContinuation { continuation in
            let done = state.withLockedValue { state in
                if state.open == 0 || state.expired { return true }
                state.waiter = continuation
                return false
            }
            if done { continuation.resume() }
        }
    }
}
