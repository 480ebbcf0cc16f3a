/// Where new identifiers come from; a parameter wherever one is made, so that tests know them beforehand.
///
/// Sendable.
public struct IdentifierSource: Sendable {
    /// 48 bits of the present time in milliseconds and 80 bits from the system's random numbers.
    public static let system = IdentifierSource {
        var random = SystemRandomNumberGenerator()
        let first = random.next()
        let time = UInt64(bitPattern: Timestamp.now().millisecondsSince1970)
        return (time << 16 | first >> 48, random.next())
    }

    private let pair: @Sendable () -> (UInt64, UInt64)

    /// Makes a source.
    ///
    /// - Parameter next: gives the upper and lower half of each next identifier; must never repeat itself.
    ///   Called from any thread.
    public init(_ next: @escaping @Sendable () -> (UInt64, UInt64)) { pair = next }

    /// A new identifier.
    ///
    /// - Parameter kind: what it names; mostly inferred.
    /// - Returns: one never given before.
    public func next<Kind>(_ kind: Kind.Type = Kind.self) -> Identifier<Kind> {
        let (high, low) = pair()
        return Identifier(high: high, low: low)
    }
}
