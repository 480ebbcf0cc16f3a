/// Those exchanges that belong together: the chain of one change, one exchange of it, or one `after` exchange.
///
/// A change that a plugin makes in the course of an exchange has an owner within that exchange's. Told apart by identity; `Sendable`.
final class LaneOwner: Sendable {
    /// In the course of what this came about.
    let parent: LaneOwner?
    /// Who keeps the lane when this has ended, if it must be kept.
    private let successor: LaneOwner?

    init(within parent: LaneOwner? = nil) {
        self.parent = parent
        successor = nil
    }

    /// An exchange of a chain, which hands its lane on to the chain if its plugin has a state that is to be stored.
    init(exchangeOf chain: LaneOwner) {
        parent = chain
        successor = chain
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

    /// What must have ended before someone else has a lane of this owner.
    ///
    /// Who came about in the course of the chain waits for the exchange alone: a lane that the chain keeps is open to it.
    func mustEnd(for other: LaneOwner) -> LaneOwner {
        guard let successor, !other.isWithin(successor) else { return self }
        return successor
    }
}
