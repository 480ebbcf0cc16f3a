/// A way for a request to say who makes it, for whom, when, and that it is made once.
///
/// `Sendable`.
public enum Carrier: String, Sendable, Hashable, CaseIterable {
    /// A: an access token bound to a key, and a proof signed by that key.
    ///
    /// `Authorization: DPoP …` and `DPoP: …`; RFC 9449.
    case dpop
    /// B: a JWT signed by the client's key for this one request, in the place of an access token.
    ///
    /// `Authorization: Bearer …`, or the query parameter `access_token`.
    case requestToken = "request-token"
    /// C: an access token, and a Standard Webhooks signature over the canonical request.
    ///
    /// `Authorization: Bearer …`, `x-plugin-timestamp`, `x-plugin-nonce`, `webhook-signature`.
    case signedHeaders = "signed-headers"
    /// C′: a URL signed beforehand; no token.
    ///
    /// The query parameters `client_id`, `user`, `timestamp`, `nonce`, and `signature`, which comes last.
    case presignedURL = "presigned-url"
}
