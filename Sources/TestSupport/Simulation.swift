import DocumentModel
import NIOConcurrencyHelpers
public import PluginHost

/// Runs tasks one at a time, in a random order that a seed decides, on a clock that moves only when all of them wait.
///
/// So an engine of many tasks is one sequence of steps, hours pass in seconds, and a step that nothing would ever follow is found
/// out at once. What runs in it must wait by nothing but continuations and ``hostClock``. `Sendable`.
public final class Simulation: TaskExecutor {
    /// Nothing can go on: no task is ready, and none waits for the time.
    public struct Standstill: Error {}

    private struct Sleeper {
        var due: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var sleepers: [Int: Sleeper] = [:]
        var lastSleeper = 0
        var now = 0
        var steps = 0
        var random: SeededRandom
    }

    private let state: NIOLockedValueBox<State>

    /// A simulation at time zero.
    public init(seed: UInt64) {
        state = NIOLockedValueBox(State(random: SeededRandom(seed: seed)))
    }

    /// How many steps were made.
    public var steps: Int { state.withLockedValue { $0.steps } }

    /// The time that has passed, in microseconds.
    public var now: Int { state.withLockedValue { $0.now } }

    /// The simulation's time as the engine takes it; its time of day begins in November 2026.
    public var hostClock: HostClock {
        HostClock(
            now: { Timestamp(millisecondsSince1970: 1_795_000_000_000 + Int64(self.now / 1000)) },
            microseconds: { self.now },
            sleep: { try await self.sleep($0) }
        )
    }

    /// Runs a task, and all that it starts, until it has ended.
    ///
    /// - Parameter body: waits for all that it starts.
    /// - Returns: what the task returned.
    /// - Throws: what the task threw, or ``Standstill``.
    @discardableResult
    public func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let ended = NIOLockedValueBox<Result<Value, any Error>?>(nil)
        let task = Task(executorPreference: self) {
            let result: Result<Value, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            ended.withLockedValue { $0 = result }
        }
        while true {
            if let result = ended.withLockedValue({ $0 }) { return try result.get() }
            if let job = nextJob() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if let sleeper = nextSleeper() {
                sleeper.resume()
            } else {
                task.cancel()
                throw Standstill()
            }
        }
    }

    /// Takes a job in; called by the runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLockedValue { $0.jobs.append(job) }
    }

    private func nextJob() -> UnownedJob? {
        state.withLockedValue { state in
            guard !state.jobs.isEmpty else { return nil }
            state.steps += 1
            let index = state.random.int(0...state.jobs.count - 1)
            state.jobs.swapAt(index, state.jobs.count - 1)
            return state.jobs.removeLast()
        }
    }

    /// The one who is due first, at which time it is then.
    private func nextSleeper() -> CheckedContinuation<Void, any Error>? {
        state.withLockedValue { state in
            let first = state.sleepers.min { ($0.value.due, $0.key) < ($1.value.due, $1.key) }
            guard let first else { return nil }
            state.now = max(state.now, first.value.due)
            state.sleepers[first.key] = nil
            return first.value.continuation
        }
    }

    private func sleep(_ time: Duration) async throws {
        let number = state.withLockedValue { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLockedValue { state in
                    state.sleepers[number] = Sleeper(due: state.now + time.microseconds, continuation: continuation)
                }
                // Cancelled before there was anybody to wake.
                if Task.isCancelled { wake(number) }
            }
        } onCancel: {
            wake(number)
        }
    }

    private func wake(_ number: Int) {
        let sleeper = state.withLockedValue { $0.sleepers.removeValue(forKey: number) }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
