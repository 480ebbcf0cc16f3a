internal import Crypto
internal import JSONSchema

/// The carriers whose proof is a JWT.
extension RequestVerifier {
    /// A: RFC 9449, sections 4.3 and 7.1.
    func verifyDPoP(
        _ request: ProofRequest,
        _ credentials: ProofCredentials,
        token: String,
        proof text: String,
        now: Int64
    ) throws(ProofRefusal) -> GenuineRequest {
        func bad(_ detail: String) -> ProofRefusal { ProofRefusal(.invalidProof, detail, challenge: .dpop) }

        let claims = try claims(of: token, now: now, challenge: .dpop)
        let client = try client(claims.client, challenge: .dpop)
        guard let boundTo = claims.keyThumbprint else {
            throw ProofRefusal(.invalidToken, "the access token is bound to no key", challenge: .dpop)
        }
        let proof = try parse(text, "the DPoP proof", challenge: .dpop)
        guard proof.type == "dpop+jwt" else { throw bad("the DPoP proof's typ is not dpop+jwt") }
        let timestamp = try timestamp(of: proof, now: now, challenge: .dpop)
        let nonce = try nonce(of: proof, challenge: .dpop)
        guard let jwk = proof.header["jwk"] else { throw bad("the DPoP proof has no jwk in its header") }
        let key: ProofKey
        do {
            key = try ProofKey(jwk: jwk)
        } catch { throw bad("the DPoP proof's key is not to be used: \(error)") }
        guard key.thumbprint == boundTo else {
            throw ProofRefusal(.invalidToken, "the access token is bound to another key", challenge: .dpop)
        }
        try checkPlace(proof, request, credentials.target, coversQuery: false, challenge: .dpop)
        let digest = Base64.url(SHA256.hash(data: Array(token.utf8)))
        guard proof.claims["ath"]?.stringValue == digest else { throw bad("ath is not the access token's hash") }
        let coversBody = coversBody(proof, request)
        guard coversBody != false else { throw bad("content_digest is not that of the body") }
        guard proof.isSigned(by: key) else { throw bad("the DPoP proof's signature does not hold") }

        var binding: ProvenCaller.Binding = [.method, .path, .token]
        if coversBody == true { binding.insert(.body) }
        let caller = ProvenCaller(
            client: claims.client,
            user: claims.user,
            scopes: claims.scopes,
            timestamp: timestamp,
            nonce: nonce,
            binding: binding,
            carrier: .dpop,
            isInQuery: false
        )
        return GenuineRequest(caller: caller, objection: objection(to: .dpop, by: client), now: now)
    }

    /// B: a JWT with `iss` the client, `sub` the user, `iat`, `exp`, `jti`, `htm`, `htu`, `content_digest`, and perhaps `scope`.
    func verifyRequestToken(
        _ request: ProofRequest,
        _ credentials: ProofCredentials,
        token text: String,
        now: Int64
    ) throws(ProofRefusal) -> GenuineRequest {
        func bad(_ detail: String) -> ProofRefusal { ProofRefusal(.invalidProof, detail, challenge: .bearer) }

        let token = try parse(text, "the request token", challenge: .bearer)
        guard let id = token.claims["iss"]?.stringValue else { throw bad("iss, the client's id, is missing") }
        guard let user = token.claims["sub"]?.stringValue else { throw bad("sub, the user's id, is missing") }
        let client = try client(id, challenge: .bearer)
        let timestamp = try timestamp(of: token, now: now, challenge: .bearer)
        guard let expires = token.seconds("exp"), expires <= timestamp + ProofWindow.past else {
            throw bad("exp is not in whole seconds or more than \(ProofWindow.past) s after iat")
        }
        guard now < expires else { throw bad("the request token has expired \(now - expires) s ago") }
        let nonce = try nonce(of: token, challenge: .bearer)
        let scopes = try scopes(of: token)
        try checkPlace(token, request, credentials.target, coversQuery: true, challenge: .bearer)
        guard coversBody(token, request) == true else { throw bad("content_digest is not that of the body") }
        let named = token.header["kid"]?.stringValue
        let keys = client.keys.lazy.filter { named == nil || $0.id == nil || $0.id == named }
        guard keys.contains(where: token.isSigned(by:)) else {
            throw bad("the request token's signature fits none of the client's keys")
        }

        let granted = lookups.grant(id, user)
        let caller = ProvenCaller(
            client: id,
            user: user,
            scopes: (granted ?? []).filter { scopes?.contains($0) ?? true },
            timestamp: timestamp,
            nonce: nonce,
            binding: [.method, .path, .query, .body],
            carrier: .requestToken,
            isInQuery: credentials.isTokenInQuery
        )
        let objection = objection(to: .requestToken, by: client) ?? objection(toGrant: granted)
        return GenuineRequest(caller: caller, objection: objection, now: now)
    }

    /// What speaks against a request for a user who has granted nothing.
    func objection(toGrant granted: [String]?) -> ProofRefusal? {
        guard granted == nil else { return nil }
        return ProofRefusal(
            .userNotGranted,
            "the user has not let the client act for them, or no longer may",
            challenge: .bearer
        )
    }

    private func parse(
        _ text: String,
        _ name: String,
        challenge: ProofRefusal.Challenge
    ) throws(ProofRefusal) -> SignedToken {
        do {
            return try SignedToken(parsing: text)
        } catch { throw ProofRefusal(.invalidProof, "\(name) \(error.text)", challenge: challenge) }
    }

    private func timestamp(
        of token: SignedToken,
        now: Int64,
        challenge: ProofRefusal.Challenge
    ) throws(ProofRefusal) -> Int64 {
        guard let timestamp = token.seconds("iat") else {
            throw ProofRefusal(.invalidProof, "iat is missing or not in whole seconds", challenge: challenge)
        }
        try ProofWindow.check(timestamp, now: now, challenge: challenge)
        return timestamp
    }

    private func nonce(of token: SignedToken, challenge: ProofRefusal.Challenge) throws(ProofRefusal) -> String {
        guard let nonce = token.claims["jti"]?.stringValue, NonceSyntax.isTokenNonce(nonce) else {
            throw ProofRefusal(
                .invalidProof,
                "jti is missing or not \(NonceSyntax.length.lowerBound) to \(NonceSyntax.length.upperBound) visible "
                    + "characters of ASCII",
                challenge: challenge
            )
        }
        return nonce
    }

    /// What a request token restricts itself to; nil if it does not.
    private func scopes(of token: SignedToken) throws(ProofRefusal) -> [String]? {
        guard let claim = token.claims["scope"] else { return nil }
        guard let text = claim.stringValue else {
            throw ProofRefusal(.invalidProof, "scope is no text", challenge: .bearer)
        }
        return text.split(separator: " ").map(String.init)
    }
}
