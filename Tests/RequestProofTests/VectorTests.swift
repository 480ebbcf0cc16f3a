import Crypto
import Foundation
import JSONSchema
import RequestProof
import Testing

/// `protocol/test-vectors/request-proofs.json`: what client libraries send.
struct VectorTests {
    static let vectors: JSON = {
        let url = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "protocol/test-vectors/request-proofs.json")
        guard let data = try? Data(contentsOf: url), let json = try? JSON(parsing: Array(data)) else { return .null }
        return json
    }()

    static let count = vectors["requests"]?.arrayValue?.count ?? 0

    @Test func thereAreVectorsOfEachCarrierAndRefusal() throws {
        let requests = try #require(Self.vectors["requests"]?.arrayValue)
        let carriers = Set(requests.compactMap { $0["caller"]?["carrier"]?.stringValue })
        #expect(carriers == Set(Carrier.allCases.map(\.rawValue)))
        let codes = Set(requests.compactMap { $0["refusal"]?["code"]?.stringValue })
        // Those two need more than one request, or more than a verifier.
        let elsewhere = ["nonce-used", "insufficient-scope"]
        #expect(codes == Set(ProofRefusal.Code.allCases.map(\.rawValue)).subtracting(elsewhere))
    }

    @Test(arguments: 0..<count) func requestComesToWhatIsExpected(_ index: Int) async throws {
        let vector = try #require(Self.vectors["requests"]?[index])
        let why = Comment(rawValue: vector["why"]?.stringValue ?? "")
        let now = Int64(try #require(vector["now"]?.intValue))
        let request = try #require(vector["request"].flatMap(Self.request), why)
        do {
            let caller = try await Self.verifier().verify(request, now: now).admitted(by: MemoryGuard())
            let expected = try #require(vector["caller"], why)
            #expect(caller.client == expected["client"]?.stringValue, why)
            #expect(caller.user == expected["user"]?.stringValue, why)
            #expect(caller.scopes == Self.texts(expected["scopes"]), why)
            #expect(caller.timestamp == expected["timestamp"]?.intValue.map(Int64.init), why)
            #expect(caller.nonce == expected["nonce"]?.stringValue, why)
            #expect(caller.binding == Self.binding(expected["binding"]), why)
            #expect(caller.carrier.rawValue == expected["carrier"]?.stringValue, why)
            #expect(caller.isInQuery == expected["isInQuery"]?.boolValue, why)
        } catch let refusal as ProofRefusal {
            #expect(refusal.code.rawValue == vector["refusal"]?["code"]?.stringValue, "\(why): \(refusal)")
            #expect(refusal.status == vector["refusal"]?["status"]?.intValue, why)
        }
    }

    @Test func thumbprintsAreThoseOfJoserfc() throws {
        let thumbprints = try #require(Self.vectors["thumbprints"]?.arrayValue)
        #expect(thumbprints.count == 3)
        for entry in thumbprints {
            let key = try ProofKey(jwk: try #require(entry["jwk"]))
            #expect(key.thumbprint == entry["thumbprint"]?.stringValue)
        }
    }

    private static func request(_ json: JSON) -> ProofRequest? {
        guard let method = json["method"]?.stringValue, let target = json["target"]?.stringValue,
            let headers = json["headers"]?.arrayValue, let body = json["body"]?.stringValue
        else { return nil }
        return ProofRequest(
            method: method,
            target: target,
            headers: headers.map { ($0[0]?.stringValue ?? "", $0[1]?.stringValue ?? "") },
            bodyDigest: SHA256.hash(data: Array(body.utf8))
        )
    }

    private static func verifier() throws -> RequestVerifier {
        let vectors = vectors
        let url = try #require(vectors["publicURL"]?.stringValue)
        let lookups = ProofLookups(
            accessToken: { token in
                guard let claims = vectors["accessTokens"]?[token], let client = claims["client"]?.stringValue,
                    let user = claims["user"]?.stringValue, let expires = claims["expires"]?.intValue
                else { return nil }
                return AccessToken(
                    client: client,
                    user: user,
                    scopes: texts(claims["scopes"]),
                    expires: Int64(expires),
                    keyThumbprint: claims["keyThumbprint"]?.stringValue
                )
            },
            client: { id in
                guard let client = vectors["clients"]?[id] else { return nil }
                return ProofClient(
                    carriers: Set(texts(client["carriers"]).compactMap(Carrier.init(rawValue:))),
                    keys: client["keys"]?.arrayValue?.compactMap { try? ProofKey(jwk: $0) } ?? [],
                    secrets: texts(client["secrets"]).compactMap { Data(base64Encoded: String($0.dropFirst(6))) }
                        .map { SymmetricKey(data: $0) }
                )
            },
            grant: { client, user in (vectors["grants"]?[client]?[user]).map { texts($0) } }
        )
        return try #require(RequestVerifier(publicURL: url, lookups: lookups))
    }

    private static func texts(_ json: JSON?) -> [String] { json?.arrayValue?.compactMap(\.stringValue) ?? [] }

    private static func binding(_ json: JSON?) -> ProvenCaller.Binding {
        let names: [String: ProvenCaller.Binding] = [
            "method": .method, "path": .path, "query": .query, "body": .body, "token": .token,
        ]
        return texts(json).reduce(into: []) { binding, name in binding.formUnion(names[name] ?? []) }
    }
}
