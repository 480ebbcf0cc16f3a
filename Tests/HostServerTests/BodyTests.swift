import HTTPTypes
import JSONSchema
import PluginProtocol
import TestSupport
import Testing

@testable import HostServer

/// What is refused of a body before anything is done with it.
struct BodyTests {
    @Test func tooMuchIsRefusedWithLimitAndActual() async throws {
        var limits = Limits()
        limits.apiBodyBytes = 100
        try await API.run(limits: limits) { api in
            let body = #"{"type":"note","title":"\#(String(repeating: "x", count: 100))"}"#
            let answer = try await api.call(.post, "/v1/documents", body)
            #expect(answer.status == 413)
            #expect(answer.code == "body-too-large")
            #expect(answer.json["limit"]?.intValue == 100)
            #expect(answer.json["actual"]?.intValue == body.utf8.count)
            #expect(try await api.call(.post, "/v1/documents", #"{"type":"note","title":"x"}"#).status == 201)
        }
    }

    @Test(arguments: ["", "text/plain", "application/xml", "application/json; charset=latin1", "application/jsonx"])
    func otherMediaTypesAreRefused(type: String) async throws {
        try await API.run { api in
            let answer = try await api.call(.post, "/v1/documents", "{}", headers: ["content-type": type])
            #expect(answer.status == 415)
            #expect(answer.code == "unsupported-media-type")
        }
    }

    @Test(arguments: ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""])
    func jsonIsTaken(type: String) async throws {
        try await API.run { api in
            let answer = try await api.call(
                .post,
                "/v1/documents",
                #"{"type":"note","title":""}"#,
                headers: ["content-type": type]
            )
            #expect(answer.status == 201)
        }
    }

    @Test(arguments: ["", "{", "[1,]", "{} {}", #"{"type":"a","type":"b","title":""}"#, "nul"])
    func badJSONIsRefused(body: String) async throws {
        try await API.run { api in
            let answer = try await api.call(.post, "/v1/documents", body)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(answer.code == "invalid-json")
        }
    }

    @Test func badUTF8IsRefused() async throws {
        try await API.run { api in
            let body = Array(#"{"type":"note","title":""#.utf8) + [0xC3, 0x28] + Array("\"}".utf8)
            let answer = try await api.call(.post, "/v1/documents", bytes: body)
            #expect(answer.status == 400)
            #expect(answer.code == "invalid-encoding")
        }
    }

    @Test func deepNestingIsRefused() async throws {
        try await API.run { api in
            let body = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
            let answer = try await api.call(.post, "/v1/documents", body)
            #expect(answer.code == "invalid-json")
            #expect(answer.json["limit"]?.intValue == 64)
        }
    }

    @Test(.enabled(if: AnswerContract.validates)) func breachesOfTheSchemaAreListed() async throws {
        try await API.run { api in
            let answer = try await api.call(.post, "/v1/documents", #"{"type":"note","titel":"x","tags":["a","a"]}"#)
            #expect(answer.status == 422)
            #expect(answer.code == "schema-violation")
            let violations = try #require(answer.json["violations"]?.arrayValue)
            let keywords = Set(violations.compactMap { $0["keyword"]?.stringValue })
            #expect(keywords.isSuperset(of: ["required", "additionalProperties", "uniqueItems"]))
            #expect(violations.contains { $0["hint"]?.stringValue?.contains("title") == true }, "\(answer.text)")
            #expect(violations.contains { $0["pointer"]?.stringValue == "/tags" })
        }
    }

    @Test func unknownCommandsAreNamedWithTheNearest() async throws {
        try await API.run { api in
            let id = try await api.document()
            let answer = try await api.call(
                .post,
                "/v1/documents/\(id)/commands",
                #"{"commands":[{"op":"document.setTitel","title":"x"}]}"#
            )
            #expect(answer.status == 422)
            #expect(answer.code == "unknown-command", "\(answer.text)")
            #expect(answer.json["commandIndex"]?.intValue == 0)
            #expect(answer.json["hint"]?.stringValue?.contains("document.setTitle") == true)
        }
    }
}
