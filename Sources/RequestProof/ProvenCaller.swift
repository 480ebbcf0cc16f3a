/// Who makes a request, for whom and when, and what of the request this was shown for.
///
/// All carriers come to this one value. `Sendable`.
public struct ProvenCaller: Sendable, Hashable {
    /// What of a request a proof vouches for.
    ///
    /// What is not in it could have been changed on the way by whoever saw the request first. `Sendable`.
    public struct Binding: OptionSet, Sendable, Hashable {
        /// A bit for each part.
        public let rawValue: UInt8

        /// Makes a set of parts.
        ///
        /// - Parameter rawValue: a bit for each part.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The method.
        public static let method = Binding(rawValue: 1)
        /// Scheme, host and path, but for spellings that RFC 3986, section 6.2, calls equivalent.
        public static let path = Binding(rawValue: 2)
        /// The query, to the byte; but for a token in it.
        public static let query = Binding(rawValue: 4)
        /// The body, to the byte.
        public static let body = Binding(rawValue: 8)
        /// The access token.
        public static let token = Binding(rawValue: 16)
    }

    /// The id of the client that made the request.
    public let client: String
    /// The id of the user for whom it was made; the client's own if for none.
    public let user: String
    /// What the client may do for that user, as granted; not yet compared with what the request needs.
    public let scopes: [String]
    /// When the client says that it made the request, in seconds since 1970.
    public let timestamp: Int64
    /// What no other request of this client may carry again.
    public let nonce: String
    /// What of the request is vouched for.
    public let binding: Binding
    /// How all this was said.
    public let carrier: Carrier
    /// Whether a token or a signature was in the URL.
    ///
    /// The answer needs `Cache-Control: private, no-store` and `Referrer-Policy: no-referrer` then, and the URL must
    /// not be logged whole. Source: RFC 6750, section 2.3.
    public let isInQuery: Bool

    /// Sees to it that the caller may do something.
    ///
    /// - Parameter scope: what is needed, such as `blocks:write`.
    /// - Throws: ``ProofRefusal`` of code `insufficient-scope`.
    public func require(_ scope: String) throws(ProofRefusal) {
        guard !scopes.contains(scope) else { return }
        throw ProofRefusal(
            .insufficientScope,
            "the request needs the scope \(scope), which was not granted",
            challenge: carrier.challenge,
            scope: scope
        )
    }
}
