import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol
import Testing

@testable import HostServer

/// `/v1/matches`.
@Suite(.timeLimit(.minutes(1)))
struct MatchRouteTests {
    @Test func decisionsAreListedByEventAndByDocument() async throws {
        try await API.run(PlayedPlugin.answering(#"{"protocol":"1.0"}"#)) { api in
            let plugin = try await api.plugin(named: "reader")
            let id = try await api.document()
            let changed = try await api.call(.post, "/v1/documents/\(id)/commands?wait=settled", CommandTests.retitle)
            #expect(changed.status == 200, "\(changed.text)")
            let event = try #require(changed.json["exchanges"]?[0]?["events"]?[0]?["id"]?.stringValue)
            let byEvent = try await api.call(.get, "/v1/matches?event=\(event)")
            #expect(byEvent.status == 200, "\(byEvent.text)")
            let decision = try #require(byEvent.json["items"]?[0])
            #expect(byEvent.json["items"]?.arrayValue?.count == 1)
            #expect(decision["event"]?.stringValue == event)
            #expect(decision["document"]?.stringValue == id)
            #expect(decision["revision"] == 2)
            #expect(decision["plugin"]?.stringValue == plugin)
            #expect(decision["pluginName"] == "reader")
            #expect(decision["subscription"] == 0)
            #expect(decision["phase"] == "after")
            #expect(decision["decision"] == "asked")
            #expect(decision["reason"] == "matched")
            #expect(decision["exchange"] == changed.json["exchanges"]?[0]?["id"])
            let first = try await api.call(.get, "/v1/matches?document=\(id)&plugin=\(plugin)&limit=1")
            #expect(first.json["items"] == byEvent.json["items"])
            let cursor = try #require(first.json["nextCursor"]?.stringValue)
            let second = try await api.call(
                .get,
                "/v1/matches?document=\(id)&plugin=\(plugin)&limit=1&cursor=\(cursor)"
            )
            #expect(second.json["items"]?[0]?["revision"] == 1)
            #expect(second.json["nextCursor"] == nil)
        }
    }

    @Test func whatCannotBeAnsweredIsRefused() async throws {
        try await API.run { api in
            #expect(try await api.call(.get, "/v1/matches").code == "invalid-parameter")
            #expect(try await api.call(.get, "/v1/matches?event=evt_1").code == "invalid-parameter")
            let document = try await api.document()
            #expect(try await api.call(.get, "/v1/matches?document=\(document)&cursor=x").code == "invalid-parameter")
            let unknown = try await api.call(.get, "/v1/matches?event=evt_01kb5q8x3zv7m4n9c2r6t8w001")
            #expect(unknown.status == 404)
            #expect(unknown.code == "not-found")
            #expect(try await api.call(.get, "/v1/matches?document=\(document)", token: nil).status == 401)
        }
    }

    @Test func wordsAreThoseOfTheCode() throws {
        let document = try OpenAPIDocument().json
        func words(_ member: String) throws -> [String]? {
            let pointer = try JSONPointer(parsing: "/components/schemas/match/properties/\(member)/enum")
            return document.value(at: pointer)?.arrayValue?.compactMap(\.stringValue)
        }
        #expect(try words("reason") == MatchDecision.Reason.allCases.map(\.rawValue))
        #expect(try words("decision") == MatchDecision.Verdict.allCases.map(\.rawValue))
    }
}
