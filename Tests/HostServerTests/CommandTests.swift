import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import TestSupport
import Testing

@testable import HostServer

/// `POST /v1/documents/{id}/commands`.
@Suite(.timeLimit(.minutes(1)))
struct CommandTests {
    static let retitle = #"{"commands":[{"op":"document.setTitle","title":"Tuesday"}]}"#

    @Test func aChangeAnswersWhatBecameOfIt() async throws {
        try await API.run { api in
            let id = try await api.document()
            let answer = try await api.call(.post, "/v1/documents/\(id)/commands", Self.retitle)
            #expect(answer.status == 200)
            #expect(answer.header("etag") == "\"2\"")
            #expect(answer.json["document"]?["title"]?.stringValue == "Tuesday")
            #expect(answer.json["document"]?["revision"]?.intValue == 2)
            #expect(answer.json["mutations"]?[0]?["command"]?["op"]?.stringValue == "document.setTitle")
            #expect(answer.json["mutations"]?[0]?["before"]?.stringValue == "Minutes")
            #expect(answer.json["exchanges"]?.arrayValue?.isEmpty == true)
            #expect(answer.json["settled"]?.boolValue == true)
            #expect(answer.header("server-timing") == nil)
            let again = try await api.call(.post, "/v1/documents/\(id)/commands", Self.retitle)
            #expect(again.header("etag") == "\"2\"")
            #expect(again.json["mutations"]?.arrayValue?.isEmpty == true)
        }
    }

    @Test func aDryRunChangesNothing() async throws {
        try await API.run { api in
            let id = try await api.document()
            let body = #"{"dryRun":true,"commands":[{"op":"document.setTitle","title":"Tuesday"}]}"#
            let answer = try await api.call(.post, "/v1/documents/\(id)/commands", body)
            #expect(answer.status == 200)
            #expect(answer.json["document"]?["title"]?.stringValue == "Tuesday")
            #expect(answer.header("etag") == nil)
            #expect(try await api.call(.get, "/v1/documents/\(id)").header("etag") == "\"1\"")
        }
    }

    @Test func aDryCreationMakesNoDocument() async throws {
        try await API.run { api in
            let body = #"{"dryRun":true,"type":"note","title":"Minutes"}"#
            let answer = try await api.call(.post, "/v1/documents", body, headers: ["idempotency-key": "k"])
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["document"]?["title"] == "Minutes")
            #expect(answer.json["mutations"]?[0]?["command"]?["op"] == "document.create")
            #expect(answer.header("etag") == nil)
            #expect(answer.header("location") == nil)
            let id = try #require(answer.json["document"]?["id"]?.stringValue)
            #expect(try await api.call(.get, "/v1/documents/\(id)").status == 404)
            let real = #"{"dryRun":false,"type":"note","title":"Minutes"}"#
            let made = try await api.call(.post, "/v1/documents", real, headers: ["idempotency-key": "k"])
            #expect(made.status == 201, "\(made.text)")
        }
    }

    @Test func theCallersTraceIsPassedOnUnlessItIsMalformed() async throws {
        try await API.run(PlayedPlugin.answering(#"{"protocol":"1.0"}"#)) { api in
            _ = try await api.plugin(named: "traced")
            let id = try await api.document()
            let path = "/v1/documents/\(id)/commands?wait=settled"
            let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
            for (parent, isSent) in [(trace, true), (trace + "-x", false)] {
                let title = isSent ? "a" : "b"
                let answer = try await api.call(
                    .post,
                    path,
                    #"{"commands":[{"op":"document.setTitle","title":"\#(title)"}]}"#,
                    headers: ["traceparent": parent, "tracestate": "a=1"]
                )
                let shown = answer.json["exchanges"]?[0]?["traceparent"]?.stringValue
                let sent = try #require(api.transport.requests.last).headers.first { $0.name == "traceparent" }?.value
                #expect(sent == shown)
                #expect((sent != nil) == isSent)
                #expect(sent.map { $0.hasPrefix(trace.prefix(36)) && $0.hasSuffix("-00") && $0 != trace } ?? !isSent)
            }
        }
    }

    @Test func serverTimingSaysTheNameAsItIs() {
        var reply = Reply.empty(.ok)
        for (number, name) in ["plain", "spell check", #"q"\é"#].enumerated() {
            var exchange = ExchangeRecord(
                id: .init(high: 1, low: UInt64(number)),
                plugin: .init(high: 1, low: 1),
                pluginName: name,
                pluginVersion: "1",
                document: nil,
                revision: nil,
                phase: nil,
                events: [],
                time: .now()
            )
            exchange.timings.total = 1500
            reply.addServerTiming([exchange])
        }
        #expect(
            reply.headers.map(\.value) == [
                "plain;dur=1.500", #"spell-check;desc="spell check";dur=1.500"#, #"q----;desc="q\"\\?";dur=1.500"#,
            ]
        )
    }

    @Test(arguments: [true, false]) func refusalsSayForWhomTheyWaited(isDenied: Bool) async throws {
        let transport = PlayedPlugin.transport { request in
            if try JSON(parsing: request.body)["plugin"]?["scopes"] == [] {
                return isDenied
                    ? .json(#"{"protocol":"1.0","verdict":{"allow":false,"reasons":[]}}"#)
                    : WebhookReply(status: 503, contentType: nil, body: [])
            }
            return .json(#"{"protocol":"1.0"}"#)
        }
        try await API.run(transport) { api in
            let id = try await api.document()
            _ = try await api.plugin(named: "first", phase: "before")
            _ = try await api.plugin(named: "strict", phase: "before", onFailure: "reject", scopes: "[]")
            let answer = try await api.call(.post, "/v1/documents/\(id)/commands", Self.retitle)
            #expect(answer.code == (isDenied ? "denied-by-plugin" : "plugin-failed"), "\(answer.text)")
            let timing = try #require(answer.header("server-timing"))
            let names = timing.split(separator: ",").map { $0.prefix { $0 != ";" }.filter { $0 != " " } }
            #expect(names == ["first", "strict"], "\(timing)")
        }
    }

    @Test func deletionAnswersTheLastState() async throws {
        try await API.run { api in
            let id = try await api.document()
            let answer = try await api.call(
                .post,
                "/v1/documents/\(id)/commands",
                #"{"commands":[{"op":"document.delete"}]}"#
            )
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["deleted"]?.boolValue == true)
            #expect(answer.json["document"]?["title"]?.stringValue == "Minutes")
            #expect(try await api.call(.get, "/v1/documents/\(id)").status == 404)
            #expect(try await api.call(.get, "/v1/documents/\(id)/history").json["items"]?.arrayValue?.count == 2)
        }
    }

    @Test func aWrongRevisionIsRefused() async throws {
        try await API.run { api in
            let path = "/v1/documents/\(try await api.document())/commands"
            let mismatch = try await api.call(.post, path, Self.retitle, headers: ["if-match": "\"7\""])
            #expect(mismatch.status == 412)
            #expect(mismatch.code == "revision-mismatch")
            #expect(mismatch.json["currentRevision"]?.intValue == 1)
            let member = #"{"expectRevision":3,"commands":[{"op":"tag.add","tag":"a"}]}"#
            #expect(try await api.call(.post, path, member).status == 412)
            #expect(try await api.call(.post, path, Self.retitle, headers: ["if-match": "*"]).status == 200)
            #expect(try await api.call(.post, path, member, headers: ["if-match": "\"2\""]).code == "invalid-parameter")
            for tag in ["2", "W/\"2\"", "\"x\"", "\"1\", \"2\"", "\"-1\""] {
                let answer = try await api.call(.post, path, Self.retitle, headers: ["if-match": tag])
                #expect(answer.code == "invalid-parameter", "\(tag)")
            }
            #expect(
                try await api.call(
                    .post,
                    path,
                    #"{"commands":[{"op":"tag.add","tag":"a"}]}"#,
                    headers: ["if-match": "\"2\""]
                ).status == 200
            )
        }
    }

    @Test(.enabled(if: AnswerContract.validates)) func aFailedCommandNamesItsPlace() async throws {
        try await API.run { api in
            let path = "/v1/documents/\(try await api.document())/commands"
            let lost = try await api.call(
                .post,
                path,
                #"{"commands":[{"op":"tag.add","tag":"a"},{"op":"text.replace","target":{"find":{"text":"nowhere"}},"find":"x","text":"y"}]}"#
            )
            #expect(lost.status == 422)
            #expect(lost.code == "does-not-apply")
            #expect(lost.json["commandIndex"]?.intValue == 1)
            #expect(lost.json["pointer"]?.stringValue?.hasPrefix("/commands/1") == true)
            let expected = try await api.call(
                .post,
                path,
                #"{"commands":[{"op":"document.setTitle","title":"x","expect":{"text":"Other"}}]}"#
            )
            #expect(expected.status == 422)
            #expect(expected.code == "precondition-failed")
            #expect(try await api.call(.post, path, #"{"commands":[]}"#).code == "schema-violation")
        }
    }

    @Test func aRepeatGetsTheFirstAnswer() async throws {
        try await API.run { api in
            let path = "/v1/documents/\(try await api.document())/commands"
            let key = ["idempotency-key": "k 1"]
            let body = #"{"commands":[{"op":"comment.add","text":"Once."}]}"#
            let first = try await api.call(.post, path, body, headers: key)
            #expect(first.status == 200)
            #expect(first.header("idempotency-replayed") == nil)
            let second = try await api.call(.post, path, body, headers: key)
            #expect(second.status == 200)
            #expect(second.bytes == first.bytes)
            #expect(second.header("etag") == first.header("etag"))
            #expect(second.header("idempotency-replayed") == "true")
            let other = try await api.call(.post, path, Self.retitle, headers: key)
            #expect(other.status == 422)
            #expect(other.code == "idempotency-key-reused")
            #expect(
                try await api.call(.post, path, Self.retitle, headers: ["idempotency-key": "é"]).code
                    == "invalid-parameter"
            )
        }
    }

    @Test func aRepeatedCreationMakesOneDocument() async throws {
        try await API.run { api in
            let key = ["idempotency-key": "create"]
            let body = #"{"type":"note","title":"x"}"#
            let first = try await api.call(.post, "/v1/documents", body, headers: key)
            let second = try await api.call(.post, "/v1/documents", body, headers: key)
            #expect(second.status == 201)
            #expect(second.bytes == first.bytes)
            #expect(second.header("location") == first.header("location"))
            #expect(second.header("etag") == "\"1\"")
            #expect(try await api.call(.get, "/v1/documents").json["items"]?.arrayValue?.count == 1)
        }
    }

    @Test func settledAnswersWaitForReactions() async throws {
        let transport = PlayedPlugin.answering(#"{"protocol":"1.0","commands":[{"op":"tag.add","tag":"seen"}]}"#)
        try await API.run(transport) { api in
            let id = try await api.document()
            _ = try await api.plugin(named: "tagger")
            let answer = try await api.call(.post, "/v1/documents/\(id)/commands?wait=settled", Self.retitle)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["settled"]?.boolValue == true)
            #expect(answer.json["exchanges"]?[0]?["outcome"]?.stringValue == "applied", "\(answer.text)")
            #expect(answer.header("server-timing")?.hasPrefix("tagger;dur=") == true)
            let read = try await api.call(.get, "/v1/documents/\(id)")
            #expect(read.json["tags"]?[0]?.stringValue == "seen")
            #expect(
                try await api.call(.post, "/v1/documents/\(id)/commands?wait=forever", Self.retitle).code
                    == "invalid-parameter"
            )
        }
    }

    @Test func aDenialShowsThePluginsReasons() async throws {
        let transport = PlayedPlugin.answering(
            #"{"protocol":"1.0","verdict":{"allow":false,"reasons":[{"pointer":"/title","message":"A title is needed.","suggest":[{"op":"document.setTitle","title":"Untitled"}]}]}}"#
        )
        try await API.run(transport) { api in
            let id = try await api.document()
            _ = try await api.plugin(named: "house-style", phase: "before", onFailure: "reject")
            let answer = try await api.call(.post, "/v1/documents/\(id)/commands", Self.retitle)
            #expect(answer.status == 422, "\(answer.text)")
            #expect(answer.code == "denied-by-plugin")
            #expect(answer.json["reasons"]?[0]?["plugin"]?.stringValue == "house-style")
            #expect(answer.json["reasons"]?[0]?["message"]?.stringValue == "A title is needed.")
            #expect(answer.json["reasons"]?[0]?["suggest"]?[0]?["op"]?.stringValue == "document.setTitle")
        }
    }

    @Test func aFailedPluginThatMustAnswerRefusesTheChange() async throws {
        let transport = PlayedPlugin.transport { _ in WebhookReply(status: 500, contentType: nil, body: []) }
        try await API.run(transport) { api in
            let id = try await api.document()
            _ = try await api.plugin(named: "strict", phase: "before", onFailure: "reject")
            let answer = try await api.call(.post, "/v1/documents/\(id)/commands", Self.retitle)
            #expect(answer.status == 424, "\(answer.text)")
            #expect(answer.code == "plugin-failed")
            #expect(answer.json["plugin"]?.stringValue == "strict")
            #expect(answer.json["refusal"]?["kind"]?.stringValue == "5xx")
        }
    }

    @Test func aClosedStoreIsSaidSo() async throws {
        try await API.run { api in
            let id = try await api.document()
            api.store.fail(with: HostError(.storeUnavailable, "The disk is full."))
            let answer = try await api.call(.post, "/v1/documents/\(id)/commands", Self.retitle)
            #expect(answer.status == 503)
            #expect(answer.code == "store-unavailable")
            #expect(answer.header("retry-after") != nil)
            #expect(try await api.call(.get, "/readyz").status == 503)
            #expect(try await api.call(.get, "/healthz").status == 200)
        }
    }
}
