/// What a request brings to show who makes it: one carrier's items, each once.
struct ProofCredentials {
    /// The items of one carrier, not judged yet.
    enum Items {
        case dpop(token: String, proof: String)
        case requestToken(String)
        case signedHeaders(token: String, SignedItems)
        case presignedURL(client: String, SignedItems)
    }

    /// What a Standard Webhooks signature comes with.
    struct SignedItems {
        /// As written; it is part of what is signed.
        var timestamp: String
        var nonce: String
        var user: String?
        var signature: String
    }

    /// The `typ` of a ``Carrier/requestToken``, so that no other JWT of a client's key is taken for one.
    ///
    /// Source: RFC 8725, section 3.11.
    static let requestTokenType = "plugin-request+jwt"

    let items: Items
    let target: ProofTarget
    let isTokenInQuery: Bool

    init(_ request: ProofRequest) throws(ProofRefusal) {
        guard let target = ProofTarget(request.target) else {
            throw ProofRefusal(.malformedCredentials, "the request's target is not a path and query in ASCII")
        }
        self.target = target
        let headers = try Headers(request)
        let queryToken = try Self.single(.accessToken, of: target)
        let isPresigned = !target.values(of: .signature).isEmpty
        isTokenInQuery = queryToken != nil

        if headers.token != nil, isTokenInQuery {
            throw ProofRefusal(.twoCarriers, "there is a token in the header authorization and one in the query")
        }
        let ways = [
            (headers.scheme == .dpop || headers.dpop != nil, "DPoP"),
            (headers.hasSignature, "a signature in headers"),
            (isPresigned, "a signature in the query"),
        ].filter(\.0).map(\.1)
        guard ways.count < 2 else {
            throw ProofRefusal(.twoCarriers, "there is \(ways[0]) and \(ways[1]); a request has one proof")
        }
        if isPresigned {
            guard headers.token == nil, !isTokenInQuery else {
                throw ProofRefusal(.twoCarriers, "there is a token beside a signature in the query")
            }
            items = try Self.presignedURL(target)
            return
        }
        if headers.scheme == .dpop || headers.dpop != nil {
            items = try Self.dpop(headers, hasQueryToken: isTokenInQuery)
            return
        }
        guard let token = headers.token ?? queryToken else {
            throw ProofRefusal(
                .credentialsMissing,
                headers.hasSignature ? "there is a signature, but no access token" : "the request says not who makes it"
            )
        }
        if SignedToken.type(of: token) == Self.requestTokenType {
            guard !headers.hasSignature else {
                throw ProofRefusal(.twoCarriers, "there is a request token and a signature in headers")
            }
            items = .requestToken(token)
        } else if headers.hasSignature {
            items = .signedHeaders(token: token, try headers.signed())
        } else {
            throw ProofRefusal(
                .proofMissing,
                "there is an access token, but nothing that keeps the request from being sent again"
            )
        }
    }

    private static func dpop(_ headers: Headers, hasQueryToken: Bool) throws(ProofRefusal) -> Items {
        guard let token = headers.token else {
            if hasQueryToken {
                throw ProofRefusal(.twoCarriers, "an access token that goes with DPoP is in the header authorization")
            }
            throw ProofRefusal(.credentialsMissing, "there is a DPoP proof, but no access token")
        }
        guard headers.scheme == .dpop else {
            throw ProofRefusal(
                .twoCarriers,
                "there is a DPoP proof and a Bearer token; write \"DPoP\" before the token"
            )
        }
        guard let proof = headers.dpop else {
            throw ProofRefusal(.invalidProof, "the header dpop is missing", challenge: .dpop)
        }
        return .dpop(token: token, proof: proof)
    }

    private static func presignedURL(_ target: ProofTarget) throws(ProofRefusal) -> Items {
        func required(_ name: ProofTarget.Parameter) throws(ProofRefusal) -> String {
            guard let value = try single(name, of: target), !value.isEmpty else {
                throw ProofRefusal(.malformedCredentials, "the query parameter \(name.rawValue) is missing or empty")
            }
            return value
        }
        let client = try required(.client)
        let items = SignedItems(
            timestamp: try required(.timestamp),
            nonce: try required(.nonce),
            user: try required(.user),
            signature: try required(.signature)
        )
        guard target.endsInSignature else {
            throw ProofRefusal(.malformedCredentials, "the query parameter signature is not the last of the URL")
        }
        return .presignedURL(client: client, items)
    }

    private static func single(
        _ name: ProofTarget.Parameter,
        of target: ProofTarget
    ) throws(ProofRefusal) -> String? {
        let values = target.values(of: name)
        guard values.count < 2 else {
            throw ProofRefusal(
                .repeatedParameter,
                "the query parameter \(name.rawValue) is there \(values.count) times"
            )
        }
        return values.first
    }

    /// The headers that proofs are in.
    private struct Headers {
        private(set) var scheme: ProofRefusal.Challenge?
        private(set) var token: String?
        private(set) var dpop: String?
        private var timestamp: String?
        private var nonce: String?
        private var user: String?
        private var signature: String?

        var hasSignature: Bool { timestamp != nil || nonce != nil || user != nil || signature != nil }

        init(_ request: ProofRequest) throws(ProofRefusal) {
            var authorization: String?
            for (name, value) in request.headers {
                switch name.lowercased() {
                case ProofRequest.HeaderName.authorization: try Self.put(value, in: &authorization, name)
                case ProofRequest.HeaderName.dpop: try Self.put(value, in: &dpop, name)
                case ProofRequest.HeaderName.timestamp: try Self.put(value, in: &timestamp, name)
                case ProofRequest.HeaderName.nonce: try Self.put(value, in: &nonce, name)
                case ProofRequest.HeaderName.user: try Self.put(value, in: &user, name)
                case ProofRequest.HeaderName.signature: try Self.put(value, in: &signature, name)
                default: break
                }
            }
            if let authorization { try read(authorization) }
        }

        func signed() throws(ProofRefusal) -> SignedItems {
            func required(_ value: String?, _ name: String) throws(ProofRefusal) -> String {
                if let value { return value }
                throw ProofRefusal(.malformedCredentials, "the header \(name) is missing", challenge: .bearer)
            }
            return SignedItems(
                timestamp: try required(timestamp, ProofRequest.HeaderName.timestamp),
                nonce: try required(nonce, ProofRequest.HeaderName.nonce),
                user: user,
                signature: try required(signature, ProofRequest.HeaderName.signature)
            )
        }

        private static func put(
            _ value: String,
            in place: inout String?,
            _ name: String
        ) throws(ProofRefusal) {
            guard place == nil else {
                throw ProofRefusal(.repeatedParameter, "the header \(name.lowercased()) is there more than once")
            }
            place = value
        }

        /// Reads `scheme 1*SP token68`; other schemes are left to others (RFC 9110, section 11.4).
        private mutating func read(_ authorization: String) throws(ProofRefusal) {
            let text = authorization.utf8
            let end = text.firstIndex(of: UInt8(ascii: " ")) ?? text.endIndex
            switch authorization[..<end].lowercased() {
            case "bearer": scheme = .bearer
            case "dpop": scheme = .dpop
            default: return
            }
            let token = text[end...].drop { $0 == UInt8(ascii: " ") }
            guard !token.isEmpty, token.allSatisfy(Self.isTokenLetter) else {
                throw ProofRefusal(
                    .malformedCredentials,
                    "the header authorization is not a scheme, a space and one token",
                    challenge: scheme
                )
            }
            self.token = String(token)
        }

        private static func isTokenLetter(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                true
            default: false
            }
        }
    }
}
