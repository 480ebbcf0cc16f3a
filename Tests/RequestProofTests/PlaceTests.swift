import Crypto
import JSONSchema
import RequestProof
import Testing

/// Which URLs a token's `htu` stands for.
struct PlaceTests {
    private func isGenuine(_ htu: String, publicURL: String = "https://host.example", target: String) throws -> Bool {
        let sample = Sample()
        let key = try ProofKey(jwk: sample.jwk)
        let client = ProofClient(carriers: [.requestToken], keys: [key])
        let lookups = ProofLookups(accessToken: { _ in nil }, client: { _ in client }, grant: { _, _ in [] })
        let verifier = try #require(RequestVerifier(publicURL: publicURL, lookups: lookups))
        var request = try sample.request(.requestToken)
        request.target = target
        request.headers = [("authorization", "Bearer " + (try sample.requestToken(["htu": .string(htu)])))]
        return (try? verifier.verify(request, now: Sample.now)) != nil
    }

    @Test(arguments: [
        ("HTTPS://Host.Example/a", "/a"), ("https://host.example:443/a", "/a"), ("https://host.example:/a", "/a"),
        ("https://host.example/%61", "/a"), ("https://host.example/a", "/%61"),
        ("https://host.example/%c3%a9", "/%C3%A9"),
        ("https://host.example/./b/../a", "/a"), ("https://host.example/b/%2e%2E/a", "/a"),
        ("https://host.example", "/"),
        ("https://host.example/a/..", "/"), ("https://host.example/a?x=%61", "/a?x=%61"),
        ("https://host.example/..", "/"),
    ])
    func equivalentSpellingsAreOne(_ htu: String, _ target: String) throws {
        #expect(try isGenuine(htu, target: target))
    }

    @Test(arguments: [
        ("http://host.example/a", "/a"), ("https://host.example:444/a", "/a"), ("https://host.example.evil/a", "/a"),
        ("https://host.example/A", "/a"), ("https://host.example/a/", "/a"), ("https://host.example//a", "/a"),
        ("https://host.example/a%2Fb", "/a/b"), ("https://x@host.example/a", "/a"), ("https://host.example/a?", "/a"),
        ("https://host.example/a?x=a", "/a?x=%61"), ("https://host.example/a#", "/a"), ("/a", "/a"), ("", "/a"),
        ("https://host.example/%6", "/%6"), ("https:/host.example/a", "/a"), ("https://host.example/a", "/a?"),
    ])
    func otherURLsAreNot(_ htu: String, _ target: String) throws {
        #expect(try !isGenuine(htu, target: target))
    }

    @Test func publicURLMayHaveAPath() throws {
        let publicURL = "https://host.example:8443/plugins/"
        #expect(try isGenuine("https://host.example:8443/plugins/a", publicURL: publicURL, target: "/a"))
        #expect(try !isGenuine("https://host.example:8443/a", publicURL: publicURL, target: "/a"))
        #expect(try isGenuine("http://[::1]:8080/a", publicURL: "http://[::1]:8080", target: "/a"))
    }
}
