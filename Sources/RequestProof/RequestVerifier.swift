internal import Crypto
internal import JSONSchema

/// Tells genuine requests from others.
///
/// A pure function of the request, the time and what the lookups answer. `Sendable`.
///
/// The order of the checks: form, token, client, time, signature; then ``GenuineRequest/admitted(by:)`` spends the nonce,
/// and only then is said what the client or the user lacks.
public struct RequestVerifier: Sendable {
    let lookups: ProofLookups
    private let publicURL: ProofURL

    /// Makes a verifier; nil if `publicURL` is not as described.
    ///
    /// - Parameters:
    ///   - publicURL: how clients reach the API's root, such as `https://host.example`; an http or https URL without
    ///     query and fragment. A path in it goes before the targets of requests. The header `host` has no say in it.
    ///   - lookups: what the host knows.
    public init?(publicURL: String, lookups: ProofLookups) {
        guard let url = ProofURL(publicURL), url.query == nil, !url.hasFragment else { return nil }
        self.publicURL = url
        self.lookups = lookups
    }

    /// Judges a request.
    ///
    /// - Parameters:
    ///   - request: as received.
    ///   - now: the time of day, in whole seconds since 1970.
    /// - Returns: the request, its signature and its time right, its nonce not spent yet.
    /// - Throws: ``ProofRefusal``.
    public func verify(_ request: ProofRequest, now: Int64) throws(ProofRefusal) -> GenuineRequest {
        let credentials = try ProofCredentials(request)
        switch credentials.items {
        case .dpop(let token, let proof):
            return try verifyDPoP(request, credentials, token: token, proof: proof, now: now)
        case .requestToken(let token): return try verifyRequestToken(request, credentials, token: token, now: now)
        case .signedHeaders(let token, let items):
            return try verifySignedHeaders(request, credentials, token: token, items, now: now)
        case .presignedURL(let client, let items):
            return try verifyPresignedURL(request, credentials, client: client, items, now: now)
        }
    }

    // MARK: What carriers share

    /// What an access token says, if it is valid still.
    func claims(
        of token: String,
        now: Int64,
        challenge: ProofRefusal.Challenge
    ) throws(ProofRefusal) -> AccessToken {
        guard let claims = lookups.accessToken(token) else {
            throw ProofRefusal(.invalidToken, "the access token is unknown or was revoked", challenge: challenge)
        }
        guard now < claims.expires else {
            throw ProofRefusal(
                .invalidToken,
                "the access token has expired \(now - claims.expires) s ago",
                challenge: challenge
            )
        }
        return claims
    }

    func client(_ id: String, challenge: ProofRefusal.Challenge) throws(ProofRefusal) -> ProofClient {
        guard let client = lookups.client(id) else {
            throw ProofRefusal(.invalidToken, "the client is unknown or disabled", challenge: challenge)
        }
        return client
    }

    /// What speaks against a client's use of a carrier although the request is genuine.
    func objection(to carrier: Carrier, by client: ProofClient) -> ProofRefusal? {
        guard !client.carriers.contains(carrier) else { return nil }
        return ProofRefusal(
            .carrierNotAllowed,
            "the client is not registered for the carrier \(carrier.rawValue)",
            challenge: carrier.challenge
        )
    }

    /// Sees to it that a token was made for this method and URL; if `coversQuery`, with the query, which else has no say.
    func checkPlace(
        _ token: SignedToken,
        _ request: ProofRequest,
        _ target: ProofTarget,
        coversQuery: Bool,
        challenge: ProofRefusal.Challenge
    ) throws(ProofRefusal) {
        guard let method = token.claims["htm"]?.stringValue, method.utf8.elementsEqual(request.method.utf8) else {
            throw ProofRefusal(.invalidProof, "htm is not the request's method", challenge: challenge)
        }
        guard let url = token.claims["htu"]?.stringValue.flatMap(ProofURL.init), url.origin == publicURL.origin,
            url.path == path(of: target)
        else { throw ProofRefusal(.invalidProof, "htu is not the request's URL", challenge: challenge) }
        guard coversQuery else { return }
        guard url.query == target.query, !url.hasFragment else {
            throw ProofRefusal(
                .invalidProof,
                "htu has not the request's query, as sent and without access_token",
                challenge: challenge
            )
        }
    }

    /// Whether a token was made for this body; nil if it says nothing of it.
    func coversBody(_ token: SignedToken, _ request: ProofRequest) -> Bool? {
        guard let claim = token.claims["content_digest"] else { return nil }
        // One algorithm in one spelling: RFC 9530 permits several, of which a reader could pick any.
        let digest = String(decoding: Base64.standard(request.bodyDigest), as: UTF8.self)
        return claim.stringValue == "sha-256=:\(digest):"
    }

    /// `publicURL` and the request's path.
    private func path(of target: ProofTarget) -> [UInt8]? {
        var prefix = publicURL.path
        if prefix.last == UInt8(ascii: "/") { prefix.removeLast() }
        return ProofURL.path(prefix + target.path)
    }
}
