import Dispatch

/// Holds the writer's thread until a test lets it go.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// Blocks the thread, a minute at most.
    func wait() { _ = semaphore.wait(timeout: .now() + 60) }

    func open() { semaphore.signal() }
}
