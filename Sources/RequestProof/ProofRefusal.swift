/// Why a request is not taken for what it says.
///
/// `Sendable`; safe to log and to show: it repeats no token, nonce or signature.
///
/// Source: RFC 6750, section 3; RFC 9449, section 7.1.
public struct ProofRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of fault; its text is stable.
    ///
    /// `Sendable`.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// Credentials of two kinds, or the same item in two places.
        case twoCarriers = "two-carriers"
        /// A header or a query parameter that must be there once is there again.
        case repeatedParameter = "repeated-parameter"
        /// A header, a parameter or the target cannot be read.
        case malformedCredentials = "malformed-credentials"
        /// An access token is in the query, and the client is not registered for that.
        case tokenInQuery = "token-in-query"
        /// There is nothing that says who calls.
        case credentialsMissing = "credentials-missing"
        /// There is an access token, but nothing that makes this request one of a kind.
        case proofMissing = "proof-missing"
        /// The token is unknown, expired, or not to be used this way; or its client is unknown.
        case invalidToken = "invalid-token"
        /// The proof is malformed, made for another request, or its signature does not hold.
        case invalidProof = "invalid-proof"
        /// The request was made too long ago, or in the future.
        case outsideWindow = "outside-window"
        /// The client has sent this nonce before.
        case nonceUsed = "nonce-used"
        /// The client is not registered for this carrier.
        case carrierNotAllowed = "carrier-not-allowed"
        /// The request names another user than its token.
        case userMismatch = "user-mismatch"
        /// The user has not let this client act for them, or no longer.
        case userNotGranted = "user-not-granted"
        /// What is asked for was not granted.
        case insufficientScope = "insufficient-scope"
    }

    /// The scheme that a challenge names.
    enum Challenge: String, Sendable {
        case bearer = "Bearer"
        case dpop = "DPoP"
    }

    /// What kind of fault.
    public let code: Code
    /// What was wrong, for people, with the limit and the actual value where there is one.
    public let detail: String
    private let challenge: Challenge?
    private let scope: String?

    /// Describes a fault; without `challenge`, the scheme that the client used, the answer's is Bearer.
    init(_ code: Code, _ detail: String, challenge: Challenge? = nil, scope: String? = nil) {
        self.code = code
        self.detail = detail
        self.challenge = challenge
        self.scope = scope
    }

    /// The HTTP status that belongs to the code: 400, 401 or 403.
    ///
    /// An answer with 401 for `outside-window` should carry `Date`, so that a client can see its clock's error.
    public var status: Int {
        switch code {
        case .twoCarriers, .repeatedParameter, .malformedCredentials, .tokenInQuery: 400
        case .credentialsMissing, .proofMissing, .invalidToken, .invalidProof, .outsideWindow, .nonceUsed: 401
        case .carrierNotAllowed, .userMismatch, .userNotGranted, .insufficientScope: 403
        }
    }

    /// The values of the `WWW-Authenticate` headers of the answer, one header each.
    ///
    /// Without credentials they only name the schemes; else there is one, with `error` and `error_description`.
    public var challenges: [String] {
        guard let error else {
            return [Self.text(.bearer, [("realm", Self.realm)]), Self.text(.dpop, [("algs", Self.algorithms)])]
        }
        let challenge = challenge ?? .bearer
        var parameters = [("realm", Self.realm), ("error", error), ("error_description", Self.quotable(detail))]
        if let scope { parameters.append(("scope", Self.quotable(scope))) }
        if challenge == .dpop { parameters.append(("algs", Self.algorithms)) }
        return [Self.text(challenge, parameters)]
    }

    /// Code and detail.
    public var description: String { "\(code.rawValue): \(detail)" }

    private static let realm = "pluginhost"
    private static let algorithms = ProofKey.Algorithm.allCases.map(\.rawValue).joined(separator: " ")

    /// The `error` that the standards have for the code; nil for none.
    private var error: String? {
        switch code {
        case .twoCarriers, .repeatedParameter, .malformedCredentials, .tokenInQuery: "invalid_request"
        case .credentialsMissing: nil
        case .proofMissing, .invalidToken: "invalid_token"
        case .invalidProof, .outsideWindow, .nonceUsed: challenge == .dpop ? "invalid_dpop_proof" : "invalid_token"
        case .carrierNotAllowed, .userMismatch, .userNotGranted, .insufficientScope: "insufficient_scope"
        }
    }

    private static func text(_ challenge: Challenge, _ parameters: [(String, String)]) -> String {
        challenge.rawValue + " " + parameters.map { "\($0)=\"\($1)\"" }.joined(separator: ", ")
    }

    /// `error_description` and `scope` take printable ASCII without quotes and backslashes (RFC 6750, section 3).
    private static func quotable(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "'")
                case 0x20...0x7E: byte
                default: UInt8(ascii: "?")
                }
            },
            as: UTF8.self
        )
    }
}

extension Carrier {
    /// The scheme by which a client of this carrier is answered.
    var challenge: ProofRefusal.Challenge { self == .dpop ? .dpop : .bearer }
}
