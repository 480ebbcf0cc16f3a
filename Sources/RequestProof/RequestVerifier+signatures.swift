internal import Crypto

/// The carriers whose proof is a Standard Webhooks signature over the canonical request.
///
/// What is signed, with lines ended by one line feed:
///
///     {nonce}.{timestamp}.{METHOD}
///     {path and query, as sent}
///     {SHA-256 of the body, in 64 hexadecimal digits in lower case}
///
/// as a Standard Webhooks library does when it is given the nonce for the id, and the rest for the body.
extension RequestVerifier {
    /// C: an access token, and a signature in headers.
    func verifySignedHeaders(
        _ request: ProofRequest,
        _ credentials: ProofCredentials,
        token: String,
        _ items: ProofCredentials.SignedItems,
        now: Int64
    ) throws(ProofRefusal) -> GenuineRequest {
        let claims = try claims(of: token, now: now, challenge: .bearer)
        guard claims.keyThumbprint == nil else {
            throw ProofRefusal(
                .invalidToken,
                "the access token is bound to a key and goes with DPoP only",
                challenge: .bearer
            )
        }
        let client = try client(claims.client, challenge: .bearer)
        if credentials.isTokenInQuery, !client.allowsTokenInQuery {
            throw ProofRefusal(
                .tokenInQuery,
                "the client is not registered to send access tokens in the query",
                challenge: .bearer
            )
        }
        let timestamp = try check(items, request, credentials.target.withoutToken, by: client, now: now)
        var objection = objection(to: .signedHeaders, by: client)
        if let user = items.user, !user.utf8.elementsEqual(claims.user.utf8) {
            objection =
                objection
                ?? ProofRefusal(
                    .userMismatch,
                    "the header \(ProofRequest.HeaderName.user) names another user than the access token",
                    challenge: .bearer
                )
        }
        let caller = ProvenCaller(
            client: claims.client,
            user: claims.user,
            scopes: claims.scopes,
            timestamp: timestamp,
            nonce: items.nonce,
            binding: [.method, .path, .query, .body],
            carrier: .signedHeaders,
            isInQuery: credentials.isTokenInQuery
        )
        return GenuineRequest(caller: caller, objection: objection, now: now)
    }

    /// C′: a signature in the query, and no token.
    func verifyPresignedURL(
        _ request: ProofRequest,
        _ credentials: ProofCredentials,
        client id: String,
        _ items: ProofCredentials.SignedItems,
        now: Int64
    ) throws(ProofRefusal) -> GenuineRequest {
        let client = try client(id, challenge: .bearer)
        let timestamp = try check(items, request, credentials.target.beforeSignature, by: client, now: now)
        let user = items.user ?? id
        let granted = lookups.grant(id, user)
        let caller = ProvenCaller(
            client: id,
            user: user,
            scopes: granted ?? [],
            timestamp: timestamp,
            nonce: items.nonce,
            binding: [.method, .path, .query, .body],
            carrier: .presignedURL,
            isInQuery: true
        )
        let objection = objection(to: .presignedURL, by: client) ?? objection(toGrant: granted)
        return GenuineRequest(caller: caller, objection: objection, now: now)
    }

    /// Checks form, time and signature.
    ///
    /// - Returns: the timestamp.
    private func check(
        _ items: ProofCredentials.SignedItems,
        _ request: ProofRequest,
        _ target: [UInt8],
        by client: ProofClient,
        now: Int64
    ) throws(ProofRefusal) -> Int64 {
        guard let timestamp = ProofWindow.seconds(items.timestamp) else {
            throw ProofRefusal(
                .malformedCredentials,
                "the timestamp is not a whole number of seconds since 1970",
                challenge: .bearer
            )
        }
        guard NonceSyntax.isSignedNonce(items.nonce) else {
            throw ProofRefusal(
                .malformedCredentials,
                "the nonce is not \(NonceSyntax.length.lowerBound) to \(NonceSyntax.length.upperBound) of letters, "
                    + "digits, \"_\", \"~\" and \"-\"",
                challenge: .bearer
            )
        }
        try ProofWindow.check(timestamp, now: now, challenge: .bearer)
        var signed = Array("\(items.nonce).\(items.timestamp).\(request.method)\n".utf8)
        signed.append(contentsOf: target)
        signed.append(UInt8(ascii: "\n"))
        for byte in request.bodyDigest {
            signed.append(Self.hexDigits[Int(byte >> 4)])
            signed.append(Self.hexDigits[Int(byte & 15)])
        }
        guard isSigned(signed, items.signature, by: client) else {
            throw ProofRefusal(
                .invalidProof,
                "no v1 signature fits the request and a secret of the client",
                challenge: .bearer
            )
        }
        return timestamp
    }

    /// Whether any `v1` signature fits any secret; it takes the same time wherever they differ.
    private func isSigned(_ bytes: [UInt8], _ signatures: String, by client: ProofClient) -> Bool {
        let claims = signatures.utf8.split(separator: UInt8(ascii: " "), maxSplits: Self.signatureLimit)
            .prefix(Self.signatureLimit)
            .filter { $0.starts(with: Self.version) }
        var isGenuine = false
        for secret in client.secrets {
            let code = HMAC<SHA256>.authenticationCode(for: bytes, using: secret)
            // As text: each code has one canonical spelling.
            let expected = Self.version + Base64.standard(code)
            for claim in claims where claim.count == expected.count {
                var difference: UInt8 = 0
                for (left, right) in zip(claim, expected) { difference |= left ^ right }
                if difference == 0 { isGenuine = true }
            }
        }
        return isGenuine
    }

    private static let version = Array("v1,".utf8)
    /// More signatures than this in one header are not looked at: rotation needs two.
    private static let signatureLimit = 16
    private static let hexDigits = Array("0123456789abcdef".utf8)
}
