import HTTPTypes
import JSONSchema
import TestSupport
import Testing

@testable import HostServer

/// Who gets in, and what is said about paths, methods and queries.
struct AccessTests {
    @Test(arguments: [nil, "", "wrong", "pht_for-the-tests-onl"])
    func everyCallNeedsAKnownToken(token: String?) async throws {
        try await API.run { api in
            for path in ["/v1/plugins", "/v1/limits", "/v1/nothing", "/v1", "/v1/documents/doc_x/commands"] {
                let answer = try await api.call(.get, path, token: token)
                #expect(answer.status == 401)
                #expect(answer.code == "unauthenticated")
                #expect(answer.header("www-authenticate")?.hasPrefix("Bearer") == true)
                #expect(answer.header("content-type") == "application/problem+json")
                #expect(token?.isEmpty != false || !answer.text.contains(token ?? ""))
            }
        }
    }

    @Test func otherSchemesAreRefused() async throws {
        try await API.run { api in
            let answer = try await api.call(
                .get,
                "/v1/limits",
                headers: ["authorization": "Basic \(API.token)"],
                token: nil
            )
            #expect(answer.status == 401)
            let lowercase = try await api.call(
                .get,
                "/v1/limits",
                headers: ["authorization": "bearer \(API.token)"],
                token: nil
            )
            #expect(lowercase.status == 200)
        }
    }

    @Test(arguments: [
        "/healthz", "/readyz", "/metrics", "/openapi.json", "/console", "/console/console.css", "/console/console.js",
    ])
    func whatIsOpenNeedsNone(path: String) async throws {
        try await API.run { api in
            let answer = try await api.call(.get, path, token: nil)
            #expect(answer.status == 200)
        }
    }

    @Test(arguments: [
        "/", "/v2", "/v1/", "/v1/plugin", "/v1/plugins/", "/v1//plugins", "/v1/documents/doc_x/commands/x",
        "/console/x", "/v1/plugins/%ff",
    ])
    func unknownPathsAreNotFound(path: String) async throws {
        try await API.run { api in
            let answer = try await api.call(.get, path)
            #expect(answer.status == 404, "\(path)")
            #expect(answer.code == "not-found")
        }
    }

    @Test func unknownMethodsNameTheKnownOnes() async throws {
        try await API.run { api in
            let answer = try await api.call(.delete, "/v1/plugins")
            #expect(answer.status == 405)
            #expect(answer.code == "method-not-allowed")
            #expect(answer.header("allow") == "GET, HEAD, POST")
            #expect(try await api.call(.get, "/v1/documents/doc_x/commands").header("allow") == "POST")
            #expect(try await api.call(.options, "/healthz").status == 405)
        }
    }

    @Test func headAnswersLikeGetWithoutBody() async throws {
        try await API.run { api in
            let got = try await api.call(.get, "/v1/limits")
            let head = try await api.call(.head, "/v1/limits")
            #expect(head.status == 200)
            #expect(head.bytes.isEmpty)
            #expect(head.header("content-length") == String(got.bytes.count))
        }
    }

    @Test func unknownQueryParametersAreRefusedWithAHint() async throws {
        try await API.run { api in
            let answer = try await api.call(.get, "/v1/audit?documnet=doc_x")
            #expect(answer.status == 400)
            #expect(answer.code == "invalid-parameter")
            #expect(answer.json["hint"]?.stringValue?.contains("\"document\"") == true)
            #expect(try await api.call(.get, "/v1/limits?x=1").status == 400)
            #expect(try await api.call(.get, "/v1/audit?limit=1&limit=2").status == 400)
            #expect(try await api.call(.get, "/v1/audit?actor=%zz").status == 400)
        }
    }

    @Test(arguments: [
        "limit=0", "limit=1001", "limit=x", "limit=", "limit=+5", "cursor=", "from=yesterday", "plugin=plg_x",
        "document=x", "kind=mutations",
    ])
    func parametersMustHaveTheirForm(query: String) async throws {
        try await API.run { api in
            let answer = try await api.call(.get, "/v1/audit?\(query)")
            #expect(answer.status == 400, "\(query)")
            #expect(answer.code == "invalid-parameter")
        }
    }

    @Test func answersNameTheRequestAndAreNotStored() async throws {
        try await API.run { api in
            let answer = try await api.call(.get, "/v1/limits", headers: ["x-request-id": "abc-1"])
            #expect(answer.header("x-request-id") == "abc-1")
            #expect(answer.header("cache-control") == "no-store")
            let strange = try await api.call(.get, "/v1/limits", headers: ["x-request-id": "a b<script>"])
            let own = try #require(strange.header("x-request-id"))
            #expect(!own.contains("<"))
            #expect(try await api.call(.get, "/v1/limits").header("x-request-id") != own)
        }
    }
}
