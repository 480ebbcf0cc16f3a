/// How often something took how long.
///
/// `Sendable`; a plain value.
public struct Histogram: Sendable, Hashable {
    /// Upper bounds of the buckets, in microseconds; one more bucket has none.
    public static let bounds = [
        100, 500, 1000, 5000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000, 30_000_000,
    ]

    /// How many fell into each bucket and none before, the last without a bound.
    public var counts: [Int]
    /// Microseconds in all.
    public var sum: Int

    /// The bucket of a duration.
    static func bucket(of microseconds: Int) -> Int {
        var bucket = 0
        while bucket < bounds.count, microseconds > bounds[bucket] { bucket += 1 }
        return bucket
    }
}
