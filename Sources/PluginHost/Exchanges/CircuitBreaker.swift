public import PluginProtocol

/// Stops asking a plugin that fails most of the time, and tries again later.
///
/// Counts transport, HTTP and schema failures. Opens when enough calls ended within the window and enough of them
/// failed; after a pause one call is let through as a probe; each failed probe doubles the pause. The numbers are
/// ``Limits``'s. A value without clock or lock of its own: times are microseconds of ``HostClock/microseconds``. `Sendable`.
public struct CircuitBreaker: Sendable {
    /// What the breaker says to a call that wants to begin.
    public enum Admission: Sendable, Hashable {
        /// Go on.
        case call
        /// Go on: the only call let through while the breaker is open.
        case probe
        /// Do not call before the given time (microseconds).
        case refuse(nextProbe: Int)
    }

    /// Whether calls are let through.
    public enum State: Sendable, Hashable {
        /// All are.
        case closed
        /// None is before `nextProbe`, then one.
        case open(nextProbe: Int, pause: Int)
        /// One is under way to see whether the plugin has recovered.
        case probing(pause: Int)
    }

    /// The window in ten slices, so that counting needs no list of calls.
    private struct Slice {
        var start = Int.min
        var calls = 0
        var failures = 0
    }

    /// Whether calls are let through.
    public private(set) var state = State.closed
    private var slices = [Slice](repeating: Slice(), count: 10)
    private let minimumCalls: Int
    private let failurePercent: Int
    private let window: Int
    private let firstPause: Int
    private let longestPause: Int

    /// A closed breaker without history.
    public init(limits: Limits = .default) {
        minimumCalls = limits.breakerCalls
        failurePercent = limits.breakerFailurePercent
        window = limits.breakerWindow.microseconds
        firstPause = limits.breakerFirstProbe.microseconds
        longestPause = limits.breakerLongestProbe.microseconds
    }

    /// Asks to begin a call.
    public mutating func admit(now: Int) -> Admission {
        switch state {
        case .closed:
            return .call
        case .open(let nextProbe, let pause):
            guard now >= nextProbe else { return .refuse(nextProbe: nextProbe) }
            state = .probing(pause: pause)
            return .probe
        case .probing(let pause):
            return .refuse(nextProbe: now + pause)
        }
    }

    /// Takes note of how a call ended.
    ///
    /// While the breaker is open only the probe tells whether the plugin has recovered: calls that were let through before it opened end late, and
    /// say how things were then.
    ///
    /// - Parameters:
    ///   - failed: whether it failed in a way that counts.
    ///   - now: the time.
    ///   - isProbe: whether ``admit(now:)`` let it through as the probe.
    /// - Returns: whether the breaker opened or closed by this.
    @discardableResult
    public mutating func record(failed: Bool, now: Int, isProbe: Bool = false) -> Bool {
        if isProbe, case .probing(let pause) = state {
            if failed {
                let longer = min(pause * 2, longestPause)
                state = .open(nextProbe: now + longer, pause: longer)
                return false
            }
            reset()
            return true
        }
        count(failed: failed, now: now)
        let (calls, failures) = evidence(now: now)
        if case .closed = state, calls >= minimumCalls, failures * 100 >= calls * failurePercent {
            state = .open(nextProbe: now + firstPause, pause: firstPause)
            return true
        }
        return false
    }

    /// Closes the breaker and forgets all calls.
    public mutating func reset() {
        state = .closed
        slices = [Slice](repeating: Slice(), count: slices.count)
    }

    /// Gives back an admitted probe that was never carried out.
    public mutating func abandon(now: Int) {
        if case .probing(let pause) = state { state = .open(nextProbe: now, pause: pause) }
    }

    /// Calls and failures within the window.
    public func evidence(now: Int) -> (calls: Int, failures: Int) {
        var calls = 0
        var failures = 0
        for slice in slices where slice.start > now - window {
            calls += slice.calls
            failures += slice.failures
        }
        return (calls, failures)
    }

    private mutating func count(failed: Bool, now: Int) {
        let length = window / slices.count
        let start = now - now % length
        let index = (now / length) % slices.count
        if slices[index].start != start { slices[index] = Slice(start: start) }
        slices[index].calls += 1
        if failed { slices[index].failures += 1 }
    }
}
