import RequestProof
import Testing

struct RefusalTests {
    private let sample = Sample()

    @Test func missingCredentialsAreAskedForByAllSchemes() throws {
        let refusal = try #require(throws: ProofRefusal.self) {
            var request = try sample.request(.dpop)
            request.headers = []
            _ = try sample.verifier.verify(request, now: Sample.now)
        }
        #expect(refusal.status == 401)
        #expect(
            refusal.challenges == [
                #"Bearer realm="pluginhost""#, #"DPoP algs="ES256 RS256 EdDSA""#,
            ]
        )
    }

    @Test func refusedProofNamesSchemeAndError() throws {
        let refusal = try #require(throws: ProofRefusal.self) {
            var request = try sample.request(.dpop)
            request.method = "PUT"
            _ = try sample.verifier.verify(request, now: Sample.now)
        }
        #expect(
            refusal.challenges == [
                #"DPoP realm="pluginhost", error="invalid_dpop_proof", "#
                    + #"error_description="htm is not the request's method", algs="ES256 RS256 EdDSA""#
            ]
        )
    }

    @Test func descriptionsNeedNoEscapes() throws {
        let refusal = try #require(throws: ProofRefusal.self) {
            var request = try sample.request(.signedHeaders)
            request.headers[2].value = "short"
            _ = try sample.verifier.verify(request, now: Sample.now)
        }
        #expect(refusal.code == .malformedCredentials)
        #expect(refusal.detail.contains("\"_\""))
        #expect(refusal.challenges.count == 1)
        #expect(refusal.challenges[0].contains(#"error="invalid_request""#))
        #expect(!refusal.challenges[0].contains(#"\"#))
        #expect(refusal.challenges[0].count { $0 == "\"" } == 6)
    }

    @Test(arguments: Carrier.allCases) func nonceIsSpentOnce(_ carrier: Carrier) async throws {
        let (replayGuard, verifier) = (MemoryGuard(), try sample.verifier)
        let request = try sample.request(carrier)
        _ = try await verifier.verify(request, now: Sample.now).admitted(by: replayGuard)
        let refusal = await #expect(throws: ProofRefusal.self) {
            try await verifier.verify(request, now: Sample.now + 1).admitted(by: replayGuard)
        }
        #expect(refusal?.code == .nonceUsed)
        #expect(refusal?.status == 401)
    }

    @Test func nonceIsOneForAllCarriersOfAClient() async throws {
        let (replayGuard, verifier) = (MemoryGuard(), try sample.verifier)
        _ = try await verifier.verify(try sample.request(.dpop), now: Sample.now).admitted(by: replayGuard)
        await #expect(throws: ProofRefusal.self) {
            try await verifier.verify(try sample.request(.signedHeaders), now: Sample.now).admitted(by: replayGuard)
        }
    }

    @Test func nonceIsSpentAlsoIfTheUserMayNot() async throws {
        let (replayGuard, verifier) = (MemoryGuard(), try sample.verifier)
        var request = try sample.request(.signedHeaders)
        request.headers.append(("x-plugin-user", "usr_otto"))
        for code in [ProofRefusal.Code.userMismatch, .nonceUsed] {
            let refusal = await #expect(throws: ProofRefusal.self) {
                try await verifier.verify(request, now: Sample.now).admitted(by: replayGuard)
            }
            #expect(refusal?.code == code)
        }
    }

    @Test func requestIsRefusedIfItsNonceCannotBeRemembered() async throws {
        let genuine = try sample.verifier.verify(try sample.request(.requestToken), now: Sample.now)
        await #expect(throws: BrokenGuard.Failure.self) { try await genuine.admitted(by: BrokenGuard()) }
    }

    @Test func nonceIsRememberedBeyondItsWindow() {
        let nonce = SpentNonce(Sample.nonce, client: "plg_a", timestamp: Sample.now)
        #expect(nonce.expires == Sample.now + 961)
        #expect(nonce.digest.count == 32)
        #expect(nonce.digest != SpentNonce(Sample.nonce, client: "plg_b", timestamp: Sample.now).digest)
        #expect(nonce.digest == SpentNonce(Sample.nonce, client: "plg_a", timestamp: 0).digest)
    }

    @Test func scopeIsAskedFor() async throws {
        let caller = try await sample.verifier.verify(try sample.request(.dpop), now: Sample.now)
            .admitted(by: MemoryGuard())
        try caller.require("x")
        let refusal = try #require(throws: ProofRefusal.self) { try caller.require("y") }
        #expect(refusal.status == 403)
        #expect(refusal.challenges[0].contains(#"error="insufficient_scope""#))
        #expect(refusal.challenges[0].contains(#"scope="y""#))
    }

    @Test func tokenInTheQueryIsTakenFromClientsRegisteredForIt() throws {
        let client = ProofClient(carriers: [.signedHeaders], secrets: [Sample.secret], allowsTokenInQuery: true)
        let claims = AccessToken(client: "plg_a", user: "usr_anna", scopes: [], expires: Sample.now + 1)
        let lookups = ProofLookups(accessToken: { _ in claims }, client: { _ in client }, grant: { _, _ in nil })
        let verifier = try #require(RequestVerifier(publicURL: "https://host.example", lookups: lookups))
        var request = try sample.request(.signedHeaders)
        request.headers.removeFirst()
        for target in ["/v1/documents/a?x=1&y=2&access_token=plain", "/v1/documents/a?access_token=plain&x=1&y=2"] {
            request.target = target
            #expect(try verifier.verify(request, now: Sample.now).carrier == .signedHeaders)
        }
        #expect(throws: ProofRefusal.self) { try verifier.verify(request, now: Sample.now + 1) }
    }

    @Test(arguments: [
        "host.example", "ftp://host.example", "https://host.example?x", "https://host.example#x",
        "https://a@host.example",
        "https://", "https://host.example:65536", "https://host.example/%zz", "https://host example",
    ])
    func publicURLIsChecked(_ url: String) throws {
        let lookups = ProofLookups(accessToken: { _ in nil }, client: { _ in nil }, grant: { _, _ in nil })
        #expect(RequestVerifier(publicURL: url, lookups: lookups) == nil)
    }
}
