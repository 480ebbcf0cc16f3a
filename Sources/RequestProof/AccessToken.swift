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
