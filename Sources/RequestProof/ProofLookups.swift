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
