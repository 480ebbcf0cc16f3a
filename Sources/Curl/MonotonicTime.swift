internal import Glibc

/// The system's monotonic clock in microseconds.
enum MonotonicTime {
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }
}

extension Duration {
    /// Rounded down; the longest that can be waited for is a year.
    var inMicroseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 31_536_000 else { return 31_536_000_000_000 }
        return max(0, Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000))
    }
}
