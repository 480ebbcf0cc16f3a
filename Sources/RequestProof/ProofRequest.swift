public import Crypto

/// What of an HTTP request a proof can be about.
///
/// `Sendable`; a plain value.
public struct ProofRequest: Sendable {
    /// The method as received; methods are case-sensitive.
    public var method: String
    /// The path and query as received, not decoded: `/v1/documents?type=note`.
    public var target: String
    /// The fields as received, repeated ones repeated; names in any case.
    public var headers: [(name: String, value: String)]
    /// SHA-256 of the body's bytes as received; of no bytes if there is no body.
    public var bodyDigest: SHA256.Digest

    /// Describes a request.
    ///
    /// - Parameters:
    ///   - method: as received.
    ///   - target: the path and query as received, in origin form.
    ///   - headers: the fields as received; only those that ``isOfInterest(_:)`` names are looked at.
    ///   - bodyDigest: SHA-256 of the body's bytes.
    public init(
        method: String,
        target: String,
        headers: [(name: String, value: String)],
        bodyDigest: SHA256.Digest
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.bodyDigest = bodyDigest
    }

    /// Whether a header's value matters to a proof, so that others need not be copied into the request.
    ///
    /// - Parameter name: in lower case.
    /// - Returns: whether a carrier has the header.
    public static func isOfInterest(_ name: String) -> Bool { HeaderName.all.contains(name) }

    /// Names of the headers that proofs are in, in lower case.
    enum HeaderName {
        static let authorization = "authorization"
        static let dpop = "dpop"
        static let timestamp = "x-plugin-timestamp"
        static let nonce = "x-plugin-nonce"
        static let user = "x-plugin-user"
        static let signature = "webhook-signature"

        static let all = [authorization, dpop, timestamp, nonce, user, signature]
    }
}
