public import DocumentModel
public import PluginProtocol

/// What finding the plugins that want a change's events rested on, as far as nothing else that is stored tells it.
///
/// Stands in the row of a change's first mutation, which is written anyway. With it, the registry's history and the document's history
/// every decision can be made again, see ``MatchService``. `Sendable`.
public struct RecordedMatching: Sendable, Hashable {
    /// The registry's generation when the `after` plugins were found; 0 if it was not recorded.
    public var after: Int
    /// The registry's generation when the `before` plugins were found; nil if nobody is asked before such a change.
    public var before: Int?
    /// The plugin that hears of the change only if it wants its echo, unless that is the author of the first mutation.
    public var origin: PluginID?

    /// Makes a record.
    public init(after: Int, before: Int? = nil, origin: PluginID? = nil) {
        self.after = after
        self.before = before
        self.origin = origin
    }
}

extension EventID {
    /// How many events one change raises at most: the ids of its events are the change's own and those that follow it.
    static let perChange: UInt64 = 1 << 20

    /// The id of one of the events that a change raises besides the one for itself; they count from 1, in the order of what happened.
    func event(_ number: Int) -> EventID {
        let (low, overflow) = low.addingReportingOverflow(UInt64(number))
        return EventID(high: overflow ? high + 1 : high, low: low)
    }

    /// Whether this is an event of the change that the other one stands for: that one itself, or one that was raised besides.
    public func isOf(_ change: EventID) -> Bool {
        let (distance, borrow) = low.subtractingReportingOverflow(change.low)
        return high &- change.high == (borrow ? 1 : 0) && distance < Self.perChange
    }

    /// The smallest id that a change may have whose event this is.
    public var earliestChange: EventID {
        let (low, borrow) = low.subtractingReportingOverflow(Self.perChange - 1)
        return EventID(high: borrow ? high &- 1 : high, low: low)
    }

    /// When the id was made: milliseconds since 1970.
    public var milliseconds: Int64 { Int64(high >> 16) }
}
