internal import Dispatch
internal import Foundation
internal import NIOConcurrencyHelpers

/// Waits for the disk on a thread of its own, so that the writer can go on deciding and writing meanwhile.
///
/// One sync at a time.
final class LogSyncer: Sendable {
    private struct State {
        var task: (@Sendable () -> Void)?
        var isOver = false
    }

    private let state = NIOLockedValueBox(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    /// Starts the thread.
    init() {
        let thread = Thread { [self] in
            while let task = next() { task() }
        }
        thread.name = "store-syncer"
        thread.start()
    }

    /// Runs a task on the thread; the one before it must have ended.
    func run(_ task: @escaping @Sendable () -> Void) {
        state.withLockedValue { $0.task = task }
        wakeUp.signal()
    }

    /// Lets the thread end.
    func stop() {
        state.withLockedValue { $0.isOver = true }
        wakeUp.signal()
    }

    private func next() -> (@Sendable () -> Void)? {
        while true {
            wakeUp.wait()
            let (task, isOver) = state.withLockedValue { state in
                defer { state.task = nil }
                return (state.task, state.isOver)
            }
            if let task { return task }
            if isOver { return nil }
        }
    }
}
