public import DocumentModel

/// Time as the engine sees it, so that every path can be tested without waiting.
///
/// `Sendable`.
public struct HostClock: Sendable {
    /// The time of day, for records.
    public var now: @Sendable () -> Timestamp
    /// A clock that never jumps, in microseconds, for durations.
    public var microseconds: @Sendable () -> Int
    /// Waits; throws `CancellationError` when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// Makes a clock.
    public init(
        now: @escaping @Sendable () -> Timestamp,
        microseconds: @escaping @Sendable () -> Int,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.microseconds = microseconds
        self.sleep = sleep
    }

    /// The system's clocks.
    public static let system: HostClock = {
        let start = ContinuousClock.now
        return HostClock(
            now: { Timestamp.now() },
            microseconds: {
                let passed = ContinuousClock.now - start
                return passed.microseconds
            },
            sleep: { try await Task.sleep(for: $0) }
        )
    }()
}

extension Duration {
    /// Whole microseconds, cut.
    package var microseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
    }

    /// Whole milliseconds, cut.
    package var wholeMilliseconds: Int { microseconds / 1000 }
}
