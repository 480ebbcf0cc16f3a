import NIOConcurrencyHelpers

/// Something that happened or not, known to all tasks.
final class Flag: Sendable {
    private let box = NIOLockedValueBox(false)

    var isSet: Bool { box.withLockedValue { $0 } }

    func set() { box.withLockedValue { $0 = true } }
}
