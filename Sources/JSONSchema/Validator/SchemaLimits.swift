/// What a schema and its use may cost.
///
/// Sendable; a plain value.
public struct SchemaLimits: Sendable, Hashable {
    /// 100,000 subschemas, 20 million steps, 1,000 levels.
    public static let `default` = SchemaLimits()

    /// The most subschemas a compiled schema may have.
    ///
    /// One that dynamic references bind in several ways counts once for each.
    public var subschemas: Int
    /// The most steps that one validation may take; what needs more is not valid.
    ///
    /// A step is one subschema, pattern or dependency applied to one value, eight members or elements looked at, one
    /// element or constant compared, or one step of a pattern.
    public var steps: Int
    /// How deep subschemas may be applied inside each other; what needs more is not valid.
    public var depth: Int

    /// Makes a set of limits; what is not given is as in ``default``.
    ///
    /// - Parameters:
    ///   - subschemas: size of a compiled schema; more than 0.
    ///   - steps: cost of one validation; more than 0.
    ///   - depth: levels of application; from 1 to 1,000.
    public init(subschemas: Int = 100_000, steps: Int = 20_000_000, depth: Int = 1000) {
        self.subschemas = subschemas
        self.steps = steps
        self.depth = min(depth, 1000)
    }
}
