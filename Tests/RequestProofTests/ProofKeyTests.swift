import JSONSchema
import RequestProof
import Testing

struct ProofKeyTests {
    /// RFC 7638, section 3.1.
    private static let rsa = #"""
        {"kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB", "n": "\#
        0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn\#
        jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qM\#
        QvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz\#
        KnqDKgw"}
        """#

    @Test func thumbprintOfRFC7638() throws {
        let key = try ProofKey(jwk: try JSON(parsing: Self.rsa))
        #expect(key.algorithm == .rs256)
        #expect(key.id == "2011-04-29")
        #expect(key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    /// RFC 8037, appendix A.3.
    @Test func thumbprintOfRFC8037() throws {
        let key = try ProofKey(
            jwk: ["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"]
        )
        #expect(key.algorithm == .edDSA)
        #expect(key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }

    @Test(arguments: ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]) func privateKeysAreRefused(_ member: String) throws
    {
        var members = try #require(try JSON(parsing: Self.rsa).objectValue)
        members[member] = "AQAB"
        #expect(throws: ProofKeyError.holdsPrivateKey(member: member)) { try ProofKey(jwk: .object(members)) }
    }

    @Test func shortKeysPaddedNumbersAndOtherKindsAreRefused() throws {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        let cases: [(JSON, ProofKeyError)] = [
            ([], .notAnObject), ([:], .badMember("kty")), (["kty": "oct"], .unknownKind),
            (["kty": "EC", "crv": "P-384", "x": .string(x), "y": .string(x)], .unknownKind),
            (["kty": "EC", "crv": "P-256", "x": .string(x), "y": .string(x)], .notAKey),
            (["kty": "OKP", "crv": "Ed25519", "x": .string(x + "A")], .badMember("x")),
            (["kty": "OKP", "crv": "Ed25519", "x": .string(x.dropLast() + "p")], .badMember("x")),
            (["kty": "OKP", "crv": "Ed25519", "x": .string(x), "alg": "ES256"], .badMember("alg")),
            (["kty": "RSA", "n": .string(String(x.prefix(40))), "e": "AQAB"], .wrongLength(bits: 240)),
            (["kty": "RSA", "n": .string("AAAA" + x), "e": "AQAB"], .badMember("n")),
        ]
        for (jwk, error) in cases {
            #expect(throws: error, "\(jwk)") { try ProofKey(jwk: jwk) }
        }
    }

    /// RFC 9449, section 7.1.
    @Test func proofOfRFC9449() async throws {
        let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
        let proof =
            "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs"
            + "cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2"
            + "In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm"
            + "90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbV"
            + "FFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
        let claims = AccessToken(
            client: "c",
            user: "u",
            scopes: [],
            expires: 1_562_262_700,
            keyThumbprint: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        )
        let client = ProofClient(carriers: [.dpop])
        let lookups = ProofLookups(
            accessToken: { $0 == token ? claims : nil },
            client: { _ in client },
            grant: { _, _ in nil }
        )
        let verifier = try #require(RequestVerifier(publicURL: "https://resource.example.org", lookups: lookups))
        var request = try Sample().request(.dpop)
        request.method = "GET"
        request.target = "/protectedresource"
        request.headers = [("Authorization", "DPoP \(token)"), ("DPoP", proof)]
        let caller = try await verifier.verify(request, now: 1_562_262_618).admitted(by: MemoryGuard())
        #expect(caller.nonce == "e1j3V_bKic8-LAEB")
        #expect(caller.binding == [.method, .path, .token])
    }
}
