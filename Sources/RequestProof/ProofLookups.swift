public import Crypto

/// What the host knows of tokens, clients and grants; asked while a request is judged.
///
/// Each is called at most once a request, from the caller's thread, and must not wait. `Sendable`.
public struct ProofLookups: Sendable {
    /// Finds what an access token says, if it is one of this host's that was not revoked.
    ///
    /// It has seen to the token's signature or digest; whether the token has expired is judged here.
    public var accessToken: @Sendable (_ token: String) -> AccessToken?
    /// Finds a client that may call; nil if there is none or it is disabled.
    public var client: @Sendable (_ id: String) -> ProofClient?
    /// Finds the scopes that a user has granted a client; nil without a grant, or if the user is suspended.
    ///
    /// Asked for carriers without an access token; a client that acts for itself is its own user.
    public var grant: @Sendable (_ client: String, _ user: String) -> [String]?

    /// Names the three lookups.
    ///
    /// - Parameters:
    ///   - accessToken: finds what an access token says.
    ///   - client: finds a client by its id.
    ///   - grant: finds what a user has granted a client.
    public init(
        accessToken: @escaping @Sendable (_ token: String) -> AccessToken?,
        client: @escaping @Sendable (_ id: String) -> ProofClient?,
        grant: @escaping @Sendable (_ client: String, _ user: String) -> [String]?
    ) {
        self.accessToken = accessToken
        self.client = client
        self.grant = grant
    }
}

/// What an access token says.
///
/// `Sendable`.
public struct AccessToken: Sendable, Hashable {
    /// The client that it was issued to (`client_id`).
    public var client: String
    /// The user for whom (`sub`); the client itself if for none.
    public var user: String
    /// What it allows (`scope`).
    public var scopes: [String]
    /// The second since 1970 from which it is no longer valid (`exp`).
    public var expires: Int64
    /// The thumbprint of the key that it is bound to (`cnf.jkt`); nil if it is bound to none.
    public var keyThumbprint: String?

    /// Describes a token.
    ///
    /// - Parameters:
    ///   - client: `client_id`.
    ///   - user: `sub`.
    ///   - scopes: `scope`, split.
    ///   - expires: `exp`.
    ///   - keyThumbprint: `cnf.jkt`.
    public init(client: String, user: String, scopes: [String], expires: Int64, keyThumbprint: String? = nil) {
        self.client = client
        self.user = user
        self.scopes = scopes
        self.expires = expires
        self.keyThumbprint = keyThumbprint
    }
}

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
