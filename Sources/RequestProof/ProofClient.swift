public import Crypto

/// What a client is registered with, as far as its requests' proofs go.
///
/// `Sendable`.
public struct ProofClient: Sendable {
    /// The carriers that it may use.
    public var carriers: Set<Carrier>
    /// Its keys, for ``Carrier/requestToken``; those of DPoP come with the token.
    public var keys: [ProofKey]
    /// Its secrets, for signatures; several while one replaces the other.
    public var secrets: [SymmetricKey]
    /// Whether it may send an access token, which can be used again, as a query parameter.
    ///
    /// Some client libraries cannot do otherwise; RFC 9700, section 4.3.2, advises against it.
    public var allowsTokenInQuery: Bool

    /// Describes a client.
    ///
    /// - Parameters:
    ///   - carriers: those that it may use.
    ///   - keys: for request tokens.
    ///   - secrets: for signatures.
    ///   - allowsTokenInQuery: whether an access token may be in the query.
    public init(
        carriers: Set<Carrier>,
        keys: [ProofKey] = [],
        secrets: [SymmetricKey] = [],
        allowsTokenInQuery: Bool = false
    ) {
        self.carriers = carriers
        self.keys = keys
        self.secrets = secrets
        self.allowsTokenInQuery = allowsTokenInQuery
    }
}
