internal import CCurl
internal import Glibc
internal import NIOConcurrencyHelpers

/// What other threads leave for the transfer thread, and the bell that wakes it.
///
/// `Sendable`: the state is locked. The bell rings only when the thread has said that it is about to sleep, and once for
/// each sleep, so a busy loop costs its callers no system call.
final class Mailbox: Sendable {
    /// A batch of work.
    ///
    /// The arrays go back and forth so that their storage is kept.
    struct Work {
        var submitted: [Transfer] = []
        var cancelled: [Transfer] = []
        var answers: [NameAnswer] = []
        var questions: [NameQuestion] = []
        var isClosing = false

        mutating func removeAll() {
            submitted.removeAll(keepingCapacity: true)
            cancelled.removeAll(keepingCapacity: true)
            answers.removeAll(keepingCapacity: true)
            questions.removeAll(keepingCapacity: true)
            isClosing = false
        }

        var isEmpty: Bool {
            submitted.isEmpty && cancelled.isEmpty && answers.isEmpty && questions.isEmpty && !isClosing
        }
    }

    private struct State {
        var work = Work()
        var isAsleep = false
        /// Nothing is taken any more.
        var isClosed = false
        /// All handles are freed.
        var hasEnded = false
        /// Submitted and not ended, waiting ones included.
        var count = 0
        var closeWaiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Why work was not taken.
    enum Refusal {
        case shutDown
        case full(limit: Int)
    }

    let bell: Int32
    private let limit: Int
    private let state = NIOLockedValueBox(State())

    /// For at most `limit` transfers under way and waiting together.
    init(limit: Int) throws(CurlError) {
        self.limit = limit
        bell = ccurl_waker_open()
        guard bell >= 0 else { throw CurlError(.other, "no descriptor for waking the transfer thread: error \(errno)") }
    }

    deinit {
        Glibc.close(bell)
    }

    /// Adds a transfer; the reason if it was not taken.
    func submit(_ transfer: Transfer) -> Refusal? {
        let (refusal, mustRing) = state.withLockedValue { state -> (Refusal?, Bool) in
            guard !state.work.isClosing, !state.isClosed else { return (.shutDown, false) }
            guard state.count < limit else { return (.full(limit: limit), false) }
            state.count += 1
            state.work.submitted.append(transfer)
            defer { state.isAsleep = false }
            return (nil, state.isAsleep)
        }
        if mustRing { ccurl_waker_signal(bell) }
        return refusal
    }

    /// Says that a transfer's `isCancelled` was set.
    func cancel(_ transfer: Transfer) {
        post { $0.cancelled.append(transfer) }
    }

    /// Brings the answer of a lookup.
    func post(_ answer: NameAnswer) {
        post { $0.answers.append(answer) }
    }

    /// Asks for the addresses of a name; false if the loop has ended.
    func ask(_ question: NameQuestion) -> Bool {
        post { $0.questions.append(question) }
    }

    /// Asks the loop to end.
    func close() {
        post { $0.isClosing = true }
    }

    /// Asks the loop to end and waits until it has.
    func closeAndWait() async {
        close()
        await withCheckedContinuation { continuation in
            let isOver = state.withLockedValue { state in
                if !state.hasEnded { state.closeWaiters.append(continuation) }
                return state.hasEnded
            }
            if isOver { continuation.resume() }
        }
    }

    /// Takes all work, for the loop; false if there was none, and then, if it may sleep, the next post rings the bell.
    func take(into work: inout Work, finished: Int, maySleep: Bool) -> Bool {
        state.withLockedValue { state in
            state.count -= finished
            guard !state.work.isEmpty else {
                state.isAsleep = maySleep
                return false
            }
            swap(&state.work, &work)
            state.work.isClosing = work.isClosing
            state.isAsleep = false
            return true
        }
    }

    /// Takes nothing any more and returns what is left, for the loop.
    func seal() -> Work {
        state.withLockedValue { state in
            state.isClosed = true
            defer { state.work = Work() }
            return state.work
        }
    }

    /// Lets go whoever waits for the end, as the loop's last act.
    func announceEnd() {
        let waiters = state.withLockedValue { state in
            state.hasEnded = true
            defer { state.closeWaiters = [] }
            return state.closeWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    @discardableResult
    private func post(_ change: (inout Work) -> Void) -> Bool {
        let (isOpen, mustRing) = state.withLockedValue { state -> (Bool, Bool) in
            guard !state.isClosed else { return (false, false) }
            change(&state.work)
            defer { state.isAsleep = false }
            return (true, state.isAsleep)
        }
        if mustRing { ccurl_waker_signal(bell) }
        return isOpen
    }
}
