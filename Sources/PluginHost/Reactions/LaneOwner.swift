/// Those exchanges that belong together: the chain of one change, or one `after` exchange.
///
/// A change that a plugin makes in the course of an exchange has an owner within that exchange's. Told apart by identity; `Sendable`.
final class LaneOwner: Sendable {
    /// In the course of what this came about.
    let parent: LaneOwner?

    init(within parent: LaneOwner? = nil) {
        self.parent = parent
    }

    /// Whether this is the other, or came about in its course.
    func isWithin(_ other: LaneOwner) -> Bool {
        var owner: LaneOwner? = self
        while let current = owner {
            if current === other { return true }
            owner = current.parent
        }
        return false
    }
}
