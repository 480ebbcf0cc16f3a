import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@testable import HostServer

/// Answers that come later, and what people decide about them.
@Suite(.timeLimit(.minutes(1)))
struct ProposalTests {
    private static let tag = #"{"protocol":"1.0","commands":[{"op":"tag.add","tag":"late"}],"warnings":["slow"]}"#

    /// Has a plugin defer, and returns the document and the path to answer at.
    private func deferred(_ api: API) async throws -> (document: String, path: String) {
        _ = try await api.plugin(named: "slow")
        let id = try await api.document()
        while api.transport.bodies(PlayedPlugin.url).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let url = try #require(
            api.transport.bodies(PlayedPlugin.url).first?["continuation"]?["url"]?.stringValue
        )
        #expect(url.hasPrefix("http://localhost/"))
        return (id, String(url.dropFirst("http://localhost".count)))
    }

    private static var deferring: FakeTransport {
        PlayedPlugin.transport { _ in WebhookReply(status: 202, contentType: nil, body: []) }
    }

    @Test func lateAnswerIsProposedAndAccepted() async throws {
        try await API.run(Self.deferring) { api in
            let (document, path) = try await deferred(api)
            let taken = try await api.call(.post, path, Self.tag, token: nil)
            #expect(taken.status == 200, "\(taken.text)")
            #expect(taken.json["outcome"] == "proposed")
            let id = try #require(taken.json["proposal"]?.stringValue)
            let again = try await api.call(.post, path, Self.tag, token: nil)
            #expect(again.status == 409)
            #expect(again.code == "already-answered")

            let list = try await api.call(.get, "/v1/proposals?document=\(document)&state=open")
            let item = try #require(list.json["items"]?[0])
            #expect(item["id"]?.stringValue == id)
            #expect(item["commands"] == nil)
            #expect(try await api.call(.get, "/v1/proposals?state=declined").json["items"] == [])
            let shown = try await api.call(.get, "/v1/proposals/\(id)")
            #expect(shown.json["commands"]?[0]?["op"] == "tag.add")
            #expect(shown.json["decision"] == .null)
            let exchange = try await api.call(.get, "/v1/exchanges/\(shown.json["exchange"]?.stringValue ?? "")")
            #expect(exchange.json["outcome"] == "late")
            #expect(exchange.json["proposal"]?.stringValue == id)

            let accepted = try await api.call(.post, "/v1/proposals/\(id)/accept")
            #expect(accepted.status == 200, "\(accepted.text)")
            #expect(accepted.json["state"] == "accepted")
            #expect(accepted.json["decision"]?["actor"]?["id"] == "administrator")
            #expect(try await api.call(.get, "/v1/documents/\(document)").json["tags"] == ["late"])
            let twice = try await api.call(.post, "/v1/proposals/\(id)/decline", #"{"reason":"no"}"#)
            #expect(twice.status == 409)
            #expect(twice.code == "already-decided")
            let audit = try await api.call(.get, "/v1/audit?document=\(document)&kind=proposal.accepted")
            #expect(audit.json["items"]?.arrayValue?.count == 1)
        }
    }

    @Test func proposalIsDeclinedWithAReason() async throws {
        try await API.run(Self.deferring) { api in
            let (_, path) = try await deferred(api)
            let taken = try await api.call(.post, path, Self.tag, token: nil)
            let id = try #require(taken.json["proposal"]?.stringValue)
            let wrong = try await api.call(.post, "/v1/proposals/\(id)/decline", #"{"why":"no"}"#)
            #expect(wrong.code == "schema-violation")
            let declined = try await api.call(.post, "/v1/proposals/\(id)/decline", #"{"reason":"Not ours."}"#)
            #expect(declined.status == 200, "\(declined.text)")
            #expect(declined.json["decision"]?["reason"] == "Not ours.")
        }
    }

    @Test func lateAnswersAreReadAsStrictlyAsOthers() async throws {
        try await API.run(Self.deferring) { api in
            let (_, path) = try await deferred(api)
            func post(_ body: String, _ headers: [String: String] = [:]) async throws -> Answer {
                try await api.call(.post, path, body, headers: headers, token: nil)
            }
            let long = String(repeating: "x", count: api.host.limits.answerBytes + 1)
            #expect(try await post(long).json["refusal"]?["kind"] == "too-large")
            let plain = try await post(Self.tag, ["content-type": "text/plain"])
            #expect(plain.status == 422)
            #expect(plain.code == "answer-refused")
            #expect(plain.json["refusal"]?["kind"] == "wrong-content-type")
            #expect(plain.json["hint"]?.stringValue?.contains("3 posts") == true)
            let twice = try await post(#"{"protocol":"1.0","commands":[],"commands":[]}"#)
            #expect(twice.json["refusal"]?["kind"] == "duplicate-keys")
            for _ in 0..<2 { #expect(try await post(#"{"protocol":"1.0","comands":[]}"#).status == 422) }
            let spent = try await post(Self.tag)
            #expect(spent.status == 410)
            #expect(spent.code == "continuation-spent")
        }
    }

    @Test func aGuessedURLLeadsNowhere() async throws {
        try await API.run(Self.deferring) { api in
            let (_, path) = try await deferred(api)
            let guess = path.dropLast() + (path.hasSuffix("0") ? "1" : "0")
            let answer = try await api.call(.post, String(guess), Self.tag, token: nil)
            #expect(answer.status == 404)
            // Neither does an administrator's token help.
            #expect(try await api.call(.post, String(guess), Self.tag).status == 404)
            #expect(try await api.call(.post, "/continuations/exc_1/x", Self.tag, token: nil).status == 400)
            #expect(try await api.call(.get, path, token: nil).status == 405)
            #expect(try await api.call(.get, "/v1/proposals").json["items"] == [])
        }
    }

    @Test func tokensAreKeptOutOfTheLog() {
        let path = "/continuations/exc_01kb5q8x3zv7m4n9c2r6t8w001/0123456789abcdef"
        let logged = ContinuationRoutes.withoutToken(path[...])
        #expect(logged == "/continuations/exc_01kb5q8x3zv7m4n9c2r6t8w001/…")
        #expect(ContinuationRoutes.withoutToken("/v1/documents") == "/v1/documents")
    }

    @Test func proposalsNeedAToken() async throws {
        try await API.run { api async throws in
            #expect(try await api.call(.get, "/v1/proposals", token: nil).status == 401)
            let unknown = "/v1/proposals/prp_01kb5q8x3zv7m4n9c2r6t8w001"
            #expect(try await api.call(.get, unknown).status == 404)
            #expect(try await api.call(.post, unknown + "/accept").status == 404)
            #expect(try await api.call(.post, unknown + "/decline").status == 404)
        }
    }
}
