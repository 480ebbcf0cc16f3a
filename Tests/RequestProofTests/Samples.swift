import Crypto
import Foundation
import JSONSchema
import RequestProof
import Testing

/// Remembers nonces for one test.
actor MemoryGuard: ReplayGuard {
    private(set) var spent: Set<SpentNonce> = []

    func spend(_ nonce: SpentNonce, now: Int64) async throws -> Bool {
        !spent.contains { $0.digest == nonce.digest } && spent.insert(nonce).inserted
    }
}

/// Nothing can be remembered.
struct BrokenGuard: ReplayGuard {
    struct Failure: Error {}

    func spend(_ nonce: SpentNonce, now: Int64) async throws -> Bool { throw Failure() }
}

/// A client, its key and secret, and requests that it makes.
struct Sample {
    static let now: Int64 = 1_795_600_000
    static let nonce = "n0nce_~-ABCDEFGHIJ"
    static let secret = SymmetricKey(data: [UInt8](repeating: 7, count: 32))
    static let body = Array(#"{"title":"é"}"#.utf8)

    let key = P256.Signing.PrivateKey()

    var verifier: RequestVerifier {
        get throws {
            let key = try ProofKey(jwk: jwk)
            let client = ProofClient(carriers: Set(Carrier.allCases), keys: [key], secrets: [Self.secret])
            let tokens = [
                "plain": AccessToken(client: "plg_a", user: "usr_anna", scopes: ["x"], expires: Self.now + 900),
                "bound": AccessToken(
                    client: "plg_a",
                    user: "usr_anna",
                    scopes: ["x"],
                    expires: Self.now + 900,
                    keyThumbprint: key.thumbprint
                ),
            ]
            return try #require(
                RequestVerifier(
                    publicURL: "https://host.example",
                    lookups: ProofLookups(
                        accessToken: { tokens[$0] },
                        client: { $0 == "plg_a" ? client : nil },
                        grant: { $0 == "plg_a" && $1 == "usr_anna" ? ["x", "y"] : nil }
                    )
                )
            )
        }
    }

    var jwk: JSON {
        let point = Array(key.publicKey.rawRepresentation)
        return [
            "kty": "EC", "crv": "P-256", "x": .string(Self.base64url(point.prefix(32))),
            "y": .string(Self.base64url(point.suffix(32))),
        ]
    }

    func request(_ carrier: Carrier) throws -> ProofRequest {
        let digest = SHA256.hash(data: Self.body)
        var request = ProofRequest(method: "POST", target: "/v1/documents/a?x=1&y=2", headers: [], bodyDigest: digest)
        switch carrier {
        case .dpop:
            let proof = try jwt(
                ["typ": "dpop+jwt", "alg": "ES256", "jwk": jwk],
                place.merging([
                    "ath": .string(Self.base64url(SHA256.hash(data: Array("bound".utf8)))),
                    "content_digest": .string(Self.contentDigest),
                ]) { $1 }
            )
            request.headers = [("authorization", "DPoP bound"), ("dpop", proof)]
        case .requestToken:
            request.headers = [("authorization", "Bearer " + (try requestToken()))]
        case .signedHeaders:
            request.headers = [
                ("authorization", "Bearer plain"), ("x-plugin-timestamp", "\(Self.now)"),
                ("x-plugin-nonce", Self.nonce), ("webhook-signature", signature(request.target)),
            ]
        case .presignedURL:
            request.target += "&client_id=plg_a&user=usr_anna&timestamp=\(Self.now)&nonce=\(Self.nonce)"
            request.target += "&signature=" + Self.escaped(signature(request.target))
        }
        return request
    }

    func requestToken(_ changes: [String: JSON] = [:]) throws -> String {
        let claims = place.merging([
            "iss": "plg_a", "sub": "usr_anna", "exp": .number(JSONNumber(Int(Self.now) + 900)),
            "content_digest": .string(Self.contentDigest),
        ]) { $1 }
        return try jwt(["typ": "plugin-request+jwt", "alg": "ES256"], claims.merging(changes) { $1 })
    }

    func jwt(_ header: [String: JSON], _ claims: [String: JSON]) throws -> String {
        func part(_ members: [String: JSON]) -> String {
            Self.base64url(JSON.object(JSONObject(members.map { ($0.key, $0.value) })).serialized())
        }
        let signed = part(header) + "." + part(claims)
        return signed + "." + Self.base64url(try key.signature(for: Array(signed.utf8)).rawRepresentation)
    }

    private var place: [String: JSON] {
        [
            "iat": .number(JSONNumber(Int(Self.now))), "jti": .string(Self.nonce), "htm": "POST",
            "htu": "https://host.example/v1/documents/a?x=1&y=2",
        ]
    }

    private func signature(_ target: String) -> String {
        let hex = SHA256.hash(data: Self.body).map { String(format: "%02x", $0) }.joined()
        let text = "\(Self.nonce).\(Self.now).POST\n\(target)\n\(hex)"
        return "v1,"
            + Data(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: Self.secret)).base64EncodedString()
    }

    private static let contentDigest = "sha-256=:" + Data(SHA256.hash(data: body)).base64EncodedString() + ":"

    static func base64url(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing(",", with: "%2C").replacing("+", with: "%2B").replacing("/", with: "%2F").replacing(
            "=",
            with: "%3D"
        )
    }
}
