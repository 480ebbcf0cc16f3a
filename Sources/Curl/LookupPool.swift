internal import NIOConcurrencyHelpers

/// Threads that look names up, so that a name service that never answers stops nobody else.
///
/// `Sendable`: the state is locked. A thread lives while there is work. One that hangs in the system's resolver cannot be
/// interrupted: nobody waits for it, and it ends when the resolver gives up.
final class LookupPool: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var threads = 0
    }

    private let threadLimit: Int
    private let queueLimit: Int
    private let lookup: NameLookup
    private let state = NIOLockedValueBox(State())

    init(threadLimit: Int, queueLimit: Int, lookup: NameLookup) {
        self.threadLimit = threadLimit
        self.queueLimit = queueLimit
        self.lookup = lookup
    }

    /// Looks a name up and posts the answer; false if too much is waiting already.
    func start(_ name: String, answerTo mailbox: Mailbox) -> Bool {
        let lookup = lookup
        let job: @Sendable () -> Void = { mailbox.post(NameAnswer(name: name, answer: lookup.find(name))) }
        let (isTaken, needsThread) = state.withLockedValue { state -> (Bool, Bool) in
            guard state.waiting.count < queueLimit else { return (false, false) }
            state.waiting.append(job)
            guard state.threads < threadLimit else { return (true, false) }
            state.threads += 1
            return (true, true)
        }
        guard needsThread else { return isTaken }
        if let thread = SystemThread.start("curl-names", { self.work() }) {
            thread.detach()
        } else {
            // What waits is taken by another thread or ends at its deadline.
            state.withLockedValue { $0.threads -= 1 }
        }
        return true
    }

    /// Drops what no thread has begun.
    func dropWaiting() {
        state.withLockedValue { $0.waiting.removeAll() }
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLockedValue { state in
            guard !state.waiting.isEmpty else {
                state.threads -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
