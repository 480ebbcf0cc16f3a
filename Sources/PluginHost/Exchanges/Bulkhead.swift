import NIOConcurrencyHelpers

/// Limits how many exchanges one plugin has at once, and how many wait for a place.
///
/// A hanging plugin fills its own places and nobody else's. `Sendable`.
final class Bulkhead: Sendable {
    /// Why no place was had.
    enum Refused: Error {
        /// The queue is full.
        case overloaded(waiting: Int)
        /// The time for waiting ran out.
        case timedOut
    }

    private enum Ticket {
        /// In line, its task not suspended yet.
        case announced
        /// In line, its task waits.
        case waiting(CheckedContinuation<Void, any Error>)
        /// Out of line before its task suspended.
        case withdrawn(any Error)
        /// Got a place before its task suspended.
        case admitted
    }

    private struct State {
        var taken = 0
        var lastTicket = 0
        /// Tickets in line, oldest first.
        var line: [Int] = []
        var tickets: [Int: Ticket] = [:]
    }

    private let places: Int
    private let queueLimit: Int
    private let state = NIOLockedValueBox(State())

    init(places: Int, queueLimit: Int) {
        self.places = places
        self.queueLimit = queueLimit
    }

    /// Takes a place if one is free, without waiting.
    func tryEnter() -> Bool {
        state.withLockedValue { state in
            guard state.taken < places else { return false }
            state.taken += 1
            return true
        }
    }

    /// How many wait for a place.
    var waitingCount: Int { state.withLockedValue { $0.line.count } }

    /// How many places are taken, and how many wait for one.
    var occupancy: (taken: Int, waiting: Int) { state.withLockedValue { ($0.taken, $0.line.count) } }

    /// Takes a place, waiting for one at most `timeout`.
    ///
    /// - Throws: ``Refused``, or `CancellationError`.
    func enter(timeout: Duration, clock: HostClock) async throws {
        let place: Int? = try state.withLockedValue { state in
            if state.taken < places {
                state.taken += 1
                return nil
            }
            guard state.line.count < queueLimit else { throw Refused.overloaded(waiting: state.line.count) }
            state.lastTicket += 1
            state.line.append(state.lastTicket)
            state.tickets[state.lastTicket] = .announced
            return state.lastTicket
        }
        guard let ticket = place else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await clock.sleep(timeout)
                self.withdraw(ticket, Refused.timedOut)
            }
            defer { group.cancelAll() }
            try await self.wait(ticket)
        }
    }

    /// Gives a place back; the next in line gets it.
    func leave() {
        let next: CheckedContinuation<Void, any Error>? = state.withLockedValue { state in
            guard !state.line.isEmpty else {
                state.taken -= 1
                return nil
            }
            let ticket = state.line.removeFirst()
            if case .waiting(let continuation) = state.tickets[ticket] {
                state.tickets[ticket] = nil
                return continuation
            }
            state.tickets[ticket] = .admitted
            return nil
        }
        next?.resume()
    }

    private func wait(_ ticket: Int) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let decided: Result<Void, any Error>? = state.withLockedValue { state in
                    switch state.tickets[ticket] {
                    case .admitted:
                        state.tickets[ticket] = nil
                        return .success(())
                    case .withdrawn(let error):
                        state.tickets[ticket] = nil
                        return .failure(error)
                    case .announced, .waiting, nil:
                        state.tickets[ticket] = .waiting(continuation)
                        return nil
                    }
                }
                if let decided { continuation.resume(with: decided) }
            }
        } onCancel: {
            withdraw(ticket, CancellationError())
        }
    }

    private func withdraw(_ ticket: Int, _ error: any Error) {
        let waiter: CheckedContinuation<Void, any Error>? = state.withLockedValue { state in
            switch state.tickets[ticket] {
            case .announced:
                state.line.removeAll { $0 == ticket }
                state.tickets[ticket] = .withdrawn(error)
                return nil
            case .waiting(let continuation):
                state.line.removeAll { $0 == ticket }
                state.tickets[ticket] = nil
                return continuation
            case .admitted, .withdrawn, nil:
                return nil
            }
        }
        waiter?.resume(throwing: error)
    }
}
