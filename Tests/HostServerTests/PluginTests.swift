import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@testable import HostServer

/// `/v1/plugins`, and the traces that plugins leave in `/v1/exchanges` and `/v1/audit`.
@Suite(.timeLimit(.minutes(1)))
struct PluginTests {
    @Test func theSecretIsShownOnce() async throws {
        try await API.run { api in
            let manifest =
                #"{"protocol":["1.0"],"name":"p","version":"1.0.0","description":"","subscriptions":[],"scopes":[]}"#
            let body = #"{"url":"http://plugin.example/","handshake":"skip","manifest":\#(manifest)}"#
            let made = try await api.call(.post, "/v1/plugins", body)
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made.json["id"]?.stringValue)
            #expect(made.header("location") == "/v1/plugins/\(id)")
            #expect(made.json["secret"]?.stringValue?.hasPrefix("whsec_") == true)
            #expect(made.json["state"]?.stringValue == "pending")
            for path in ["/v1/plugins", "/v1/plugins/\(id)", "/v1/audit", "/metrics"] {
                let answer = try await api.call(.get, path)
                #expect(answer.status == 200)
                #expect(!answer.text.contains("whsec_"), "\(path)")
            }
            #expect(try await api.call(.post, "/v1/plugins", body).code == "name-taken")
        }
    }

    @Test(.enabled(if: AnswerContract.validates)) func registrationsAreEnabledChangedDisabledAndDeleted() async throws {
        try await API.run { api in
            let id = try await api.plugin(named: "p")
            #expect(try await api.call(.get, "/v1/plugins/\(id)").json["state"]?.stringValue == "enabled")
            let renamed = try await api.call(.patch, "/v1/plugins/\(id)", #"{"name":"q"}"#)
            #expect(renamed.json["name"]?.stringValue == "q", "\(renamed.text)")
            #expect(try await api.call(.patch, "/v1/plugins/\(id)", #"{"nmae":"q"}"#).code == "schema-violation")
            #expect(try await api.call(.post, "/v1/plugins/\(id)/disable").json["state"]?.stringValue == "disabled")
            let deleted = try await api.call(.delete, "/v1/plugins/\(id)")
            #expect(deleted.status == 204)
            #expect(deleted.bytes.isEmpty)
            #expect(try await api.call(.get, "/v1/plugins/\(id)").status == 404)
            #expect(try await api.call(.delete, "/v1/plugins/\(id)").status == 404)
            let kinds = try await api.call(.get, "/v1/audit?plugin=\(id)").json["items"]?.arrayValue?.map {
                $0["kind"]?.stringValue
            }
            #expect(
                kinds == ["plugin.deleted", "plugin.disabled", "plugin.changed", "plugin.enabled", "plugin.registered"]
            )
        }
    }

    @Test(.enabled(if: AnswerContract.validates)) func breakerIsShownAndReset() async throws {
        let transport = PlayedPlugin.transport { _ in WebhookReply(status: 503, contentType: nil, body: []) }
        try await API.run(transport) { api in
            let id = try await api.plugin(named: "p")
            let document = try await api.document()
            for number in 0..<21 {
                let body = #"{"commands":[{"op":"tag.add","tag":"t\#(number)"}]}"#
                _ = try await api.call(.post, "/v1/documents/\(document)/commands?wait=settled", body)
            }
            let open = try await api.call(.get, "/v1/plugins/\(id)").json["breaker"]
            #expect(open?["state"] == "open" && open?["history"]?[0]?["refusal"]?["kind"] == "5xx", "\(open ?? nil)")
            #expect(try await api.call(.get, "/v1/plugins").json["items"]?[0]?["breaker"] == open)
            let reset = try await api.call(.post, "/v1/plugins/\(id)/reset-breaker")
            #expect(reset.status == 200 && reset.json["breaker"]?["state"] == "closed", "\(reset.text)")
            let entry = try await api.call(.get, "/v1/audit?kind=plugin.breaker-reset").json["items"]?[0]
            #expect(entry?["plugin"]?.stringValue == id)
            let unknown = "plg_01kb5q8x3zv7m4n9c2r6t8w001"
            #expect(try await api.call(.post, "/v1/plugins/\(unknown)/reset-breaker").code == "not-found")
        }
    }

    @Test func aTestShowsRequestAndAnswerAsTheyWere() async throws {
        let transport = PlayedPlugin.transport { _ in
            WebhookReply(status: 200, contentType: "application/json", body: [0xFF, 0x7B, 0x7D])
        }
        try await API.run(transport) { api in
            let id = try await api.plugin(named: "odd")
            let answer = try await api.call(.post, "/v1/plugins/\(id)/test?sideEffects=some")
            #expect(answer.status == 200, "\(answer.text)")
            let probes = answer.json["probes"]?.arrayValue ?? []
            #expect(
                probes.map { $0["result"]?.stringValue } == [
                    "skipped", "skipped", "skipped", "skipped", "failed", "failed",
                ]
            )
            let exchange = probes.last?["exchanges"]?[0]
            #expect(exchange?["request"]?.stringValue?.contains("document.changed") == true)
            #expect(exchange?["requestEncoding"]?.stringValue == "utf-8")
            #expect(exchange?["response"]?.stringValue == "\u{FFFD}{}")
            #expect(exchange?["responseEncoding"]?.stringValue == "utf-8-lossy")
            #expect(answer.header("server-timing")?.hasPrefix("odd;dur=") == true)
            let hint = try await api.call(.post, "/v1/plugins/\(id)/test?sideEffects=som")
            #expect(hint.code == "invalid-parameter")
        }
    }

    @Test func probesAreShownAndTheirPingIsRemembered() async throws {
        let manifest =
            #"{"protocol":["1.0"],"name":"p","subscriptions":[{"events":["document.changed"],"sideEffects":"none"}]}"#
        let transport = PlayedPlugin.transport { request in
            let event = try JSON(parsing: request.body)["events"]?[0]
            let challenge = event?["data"]?["challenge"]?.stringValue
            guard let challenge else { return WebhookReply(status: 204, contentType: nil, body: []) }
            return WebhookReply.json(#"{"protocol":"1.0","challenge":"\#(challenge)","manifest":\#(manifest)}"#)
        }
        try await API.run(transport) { api in
            let made = try await api.call(.post, "/v1/plugins", #"{"url":"\#(PlayedPlugin.url)"}"#)
            let id = try #require(made.json["id"]?.stringValue, "\(made.text)")
            #expect(made.json["health"] == .null)
            let report = try await api.call(.post, "/v1/plugins/\(id)/probe")
            #expect(report.status == 200, "\(report.text)")
            #expect(report.json["passed"] == false)
            let probes = report.json["probes"]?.arrayValue ?? []
            #expect(probes.map { $0["result"]?.stringValue } == ["passed", "failed", "failed", "skipped"])
            for path in ["/v1/plugins/\(id)", "/v1/plugins"] {
                let shown = try await api.call(.get, path).json
                let health = shown["health"] ?? shown["items"]?[0]?["health"]
                #expect(health?["lastPing"]?["result"] == "passed", "\(path)")
                #expect(health?["failures"] == 0)
            }
            #expect(try await api.call(.get, "/v1/plugins/\(id)").json["verifiesSignatures"] == false)
            let test = try await api.call(.post, "/v1/plugins/\(id)/test")
            let last = test.json["probes"]?.arrayValue?.last
            #expect(last?["name"] == "idempotence" && last?["result"] == "passed", "\(test.text)")
            transport.handle(PlayedPlugin.url) { _ in WebhookReply(status: 500, contentType: nil, body: []) }
            #expect(try await api.call(.post, "/v1/plugins/\(id)/probe").json["passed"] == false)
            let health = try await api.call(.get, "/v1/plugins/\(id)").json["health"]
            #expect(health?["lastPing"]?["refusal"]?["kind"] == "5xx")
            #expect(health?["failures"] == 1)
            #expect(try await api.call(.post, "/v1/plugins/plg_01kabcdefghjkmnpqrstvwxyz0/probe").status == 404)
        }
    }

    @Test func secretsAreReplacedAndNamedByFingerprint() async throws {
        let manifest = #"{"protocol":["1.0"],"name":"p"}"#
        try await API.run { api in
            let body = #"{"url":"http://plugin.example/","handshake":"skip","manifest":\#(manifest)}"#
            let made = try await api.call(.post, "/v1/plugins", body)
            let path = "/v1/plugins/\(try #require(made.json["id"]?.stringValue, "\(made.text)"))"
            let old = try WebhookSecret(parsing: try #require(made.json["secret"]?.stringValue))
            let rotated = try await api.call(.post, path + "/rotate-secret")
            #expect(rotated.status == 200, "\(rotated.text)")
            let new = try WebhookSecret(parsing: try #require(rotated.json["secret"]?.stringValue))
            #expect(new != old)
            let shown = try await api.call(.get, path).json
            #expect(shown["secret"] == nil)
            #expect(shown["secrets"]?[0]?["fingerprint"]?.stringValue == new.fingerprint)
            #expect(shown["secrets"]?[0]?["endsAt"] == .null)
            #expect(shown["secrets"]?[0]?["trial"] == .null)
            #expect(shown["secrets"]?[1]?["fingerprint"]?.stringValue == old.fingerprint)
            #expect(shown["secrets"]?[1]?["endsAt"]?.stringValue?.isEmpty == false)
            let dropped = try await api.call(.delete, path + "/secrets/\(old.fingerprint)")
            #expect(dropped.json["secrets"]?.arrayValue?.count == 1, "\(dropped.text)")
            #expect(try await api.call(.delete, path + "/secrets/\(old.fingerprint)").code == "not-found")
            #expect(try await api.call(.delete, path + "/secrets/\(new.fingerprint)").code == "invalid-parameter")
            let given = WebhookSecret.generate()
            let chosen = #"{"secret":"\#(given.text)","keepSeconds":0}"#
            let replaced = try await api.call(.post, path + "/rotate-secret", chosen)
            #expect(replaced.json["secret"]?.stringValue == given.text, "\(replaced.text)")
            #expect(replaced.json["secrets"]?.arrayValue?.count == 1)
            #expect(try await api.call(.post, path + "/rotate-secret", chosen).status == 200)
            let wrong = try await api.call(.post, path + "/rotate-secret", #"{"keepSeconds":604801}"#)
            #expect(wrong.code == "schema-violation")
            for path in [path, "/v1/plugins", "/v1/audit"] {
                #expect(try await !api.call(.get, path).text.contains("whsec_"), "\(path)")
            }
        }
    }

    @Test func exchangesAreListedAndRead() async throws {
        let transport = PlayedPlugin.answering(#"{"protocol":"1.0","commands":[{"op":"document.delete"}]}"#)
        try await API.run(transport) { api in
            let document = try await api.document()
            let plugin = try await api.plugin(named: "greedy")
            let change = try await api.call(
                .post,
                "/v1/documents/\(document)/commands?wait=settled",
                CommandTests.retitle
            )
            #expect(change.json["exchanges"]?[0]?["outcome"]?.stringValue == "refused", "\(change.text)")
            let list = try await api.call(.get, "/v1/exchanges?plugin=\(plugin)&document=\(document)&outcome=refused")
            #expect(list.json["items"]?.arrayValue?.count == 1, "\(list.text)")
            #expect(list.json["items"]?[0]?["request"] == nil)
            let id = try #require(list.json["items"]?[0]?["id"]?.stringValue)
            let exchange = try await api.call(.get, "/v1/exchanges/\(id)")
            #expect(exchange.json["refusal"]?["kind"]?.stringValue == "not-granted")
            #expect(exchange.json["commands"]?[0]?["op"]?.stringValue == "document.delete")
            #expect(exchange.json["response"]?.stringValue?.contains("document.delete") == true)
            #expect(
                try await api.call(.get, "/v1/exchanges?outcome=applied").json["items"]?.arrayValue?.isEmpty == true
            )
            let hint = try await api.call(.get, "/v1/exchanges?outcome=refuse")
            #expect(hint.json["hint"]?.stringValue?.contains("refused") == true)
            #expect(try await api.call(.get, "/v1/exchanges/exc_01kabcdefghjkmnpqrstvwxyz0").status == 404)
        }
    }

    @Test func theAuditTrailAnswersItsFilters() async throws {
        try await API.run { api in
            let document = try await api.document()
            _ = try await api.call(.post, "/v1/documents/\(document)/commands", CommandTests.retitle)
            func seqs(_ query: String) async throws -> [Int] {
                let answer = try await api.call(.get, "/v1/audit?\(query)")
                #expect(answer.status == 200, "\(answer.text)")
                return answer.json["items"]?.arrayValue?.compactMap { $0["seq"]?.intValue } ?? []
            }
            #expect(try await seqs("document=\(document)") == [3, 2])
            #expect(try await seqs("document=\(document)&limit=1") == [3])
            #expect(try await seqs("kind=client.created") == [1])
            #expect(try await seqs("actor=administrator&kind=mutation") == [3, 2])
            #expect(try await seqs("actor=nobody") == [])
            #expect(try await seqs("from=2020-01-01T00:00:00Z&kind=mutation") == [3, 2])
            #expect(try await seqs("to=2020-01-01T00:00:00Z") == [])
            let item = try await api.call(.get, "/v1/audit?limit=1").json["items"]?[0]
            #expect(item?["op"]?.stringValue == "document.setTitle")
            #expect(item?["command"]?["title"]?.stringValue == "Tuesday")
            #expect(item?["before"]?.stringValue == "Minutes")
            #expect(item?["revision"]?.intValue == 2)
        }
    }
}
