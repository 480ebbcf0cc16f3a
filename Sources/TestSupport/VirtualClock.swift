import DocumentModel
import NIOConcurrencyHelpers
public import PluginHost

/// A clock that stands still until a test moves it, so that no figure depends on the machine's load.
///
/// Who takes time says so by ``pass(_:)``. The engine's own waiting is real: it ends the wait of work that nothing else would wake,
/// and takes no time on this clock. `Sendable`.
public final class VirtualClock: Sendable {
    private let passed = NIOLockedValueBox(Duration.zero)

    /// A clock at zero.
    public init() {}

    /// Lets time pass, at once.
    public func pass(_ time: Duration) { passed.withLockedValue { $0 += time } }

    /// The clock as the engine takes it; the time of day is the system's.
    public var hostClock: HostClock {
        HostClock(
            now: { Timestamp.now() },
            microseconds: { self.passed.withLockedValue { $0.microseconds } },
            sleep: { try await Task.sleep(for: $0) }
        )
    }
}
