internal import Dispatch
internal import NIOConcurrencyHelpers

/// Where callers leave their jobs for the writer's thread; bounded.
final class WriteQueue: Sendable {
    enum Admission {
        case admitted
        case full
        case closed
    }

    private struct State {
        var jobs: [any WriteJob] = []
        /// Queued or being written.
        var waiting = 0
        var isClosed = false
        var writerSleeps = false
        /// How the sync under way has ended, until the writer has taken note: 0 or an `errno`.
        var syncResult: Int32?

        mutating func takeJobs(_ limit: Int) -> [any WriteJob] {
            guard jobs.count > limit else {
                var taken: [any WriteJob] = []
                taken.reserveCapacity(jobs.count)
                swap(&taken, &jobs)
                return taken
            }
            defer { jobs.removeFirst(limit) }
            return Array(jobs[..<limit])
        }
    }

    private let state = NIOLockedValueBox(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var waiting: Int { state.withLockedValue { $0.waiting } }

    var isEmpty: Bool { state.withLockedValue { $0.jobs.isEmpty } }

    var isClosed: Bool { state.withLockedValue { $0.isClosed } }

    /// Leaves a job; the caller answers for it unless it is admitted.
    func add(_ job: any WriteJob) -> Admission {
        let (admission, mustWake) = state.withLockedValue { state -> (Admission, Bool) in
            guard !state.isClosed else { return (.closed, false) }
            guard state.waiting < limit else { return (.full, false) }
            state.jobs.append(job)
            state.waiting += 1
            defer { state.writerSleeps = false }
            return (.admitted, state.writerSleeps)
        }
        if mustWake { wakeUp.signal() }
        return admission
    }

    /// Admits no more; the writer ends once all is done.
    func close() {
        let mustWake = state.withLockedValue { state in
            state.isClosed = true
            defer { state.writerSleeps = false }
            return state.writerSleeps
        }
        if mustWake { wakeUp.signal() }
    }

    /// Tells the writer that the disk has been waited for.
    ///
    /// - Parameter result: 0 or an `errno`.
    func synced(_ result: Int32) {
        let mustWake = state.withLockedValue { state in
            state.syncResult = result
            defer { state.writerSleeps = false }
            return state.writerSleeps
        }
        if mustWake { wakeUp.signal() }
    }

    enum Work {
        case jobs([any WriteJob])
        /// A sync has ended, with 0 or an `errno`.
        case synced(Int32)
        /// Nothing came within the time.
        case idle
        case closed
    }

    /// Takes what waits; blocks the writer's thread until there is something.
    ///
    /// - Parameters:
    ///   - limit: of the jobs wanted; 0 or less waits for a sync only.
    ///   - isSyncing: whether the end of a sync is still to be reported; nothing is over before that.
    ///   - patience: how long to wait; nil without end.
    /// - Returns: the end of a sync first, then jobs in order.
    func take(limit: Int, isSyncing: Bool, patience: DispatchTimeInterval?) -> Work {
        while true {
            let work = state.withLockedValue { state -> Work? in
                if let result = state.syncResult {
                    state.syncResult = nil
                    return .synced(result)
                }
                if !state.jobs.isEmpty, limit > 0 { return .jobs(state.takeJobs(limit)) }
                if state.isClosed, state.jobs.isEmpty, !isSyncing { return .closed }
                state.writerSleeps = true
                return nil
            }
            if let work { return work }
            guard let patience else {
                wakeUp.wait()
                continue
            }
            if wakeUp.wait(timeout: .now() + patience) == .timedOut {
                // Somebody may have taken the flag down and be about to signal: then that signal is awaited.
                let isOurs = state.withLockedValue { state in
                    defer { state.writerSleeps = false }
                    return state.writerSleeps
                }
                guard isOurs else {
                    wakeUp.wait()
                    continue
                }
                return .idle
            }
        }
    }

    /// Makes room for as many jobs as were answered.
    func finished(_ count: Int) {
        state.withLockedValue { $0.waiting -= count }
    }
}
