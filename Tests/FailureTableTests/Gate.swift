import Foundation

/// Holds threads until it is opened.
final class Gate: Sendable {
    private let flag = Flag()

    /// Waits, for 20 s at most.
    func wait() {
        let end = Date().addingTimeInterval(20)
        while !flag.isSet, Date() < end { usleep(2_000) }
    }

    func open() { flag.set() }
}
