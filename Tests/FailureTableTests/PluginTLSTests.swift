import DocumentStore
import Foundation
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// What one plugin's settings of TLS do, through the engine.
@Suite(.timeLimit(.minutes(1)), .enabled(if: TLSServerIdentity.isAvailable))
struct PluginTLSTests {
    @Test func authorityOfThePluginsOwnIsTrusted() async throws {
        try await Stage.run(try FailureTable.secured("none")) { stage in
            let answer = try await stage.tag("asked")
            #expect(answer.tags.contains("from-plugin"), "\(answer.json)")
            let timings = try await stage.exchanges().first?["timings"]
            #expect((timings?["tls"]?.intValue ?? 0) > 0, "\(timings ?? .null)")
        }
    }

    @Test(arguments: [false, true])
    func certificateOfTheHostIsShown(isGiven: Bool) async throws {
        let authority = try FailureTable.authority.get()
        var settings = try FailureTable.secured("none")
        settings.identity?.clientAuthorities = authority.path("ca.pem")
        if isGiven {
            settings.trust?.certificate = Array(
                try Data(contentsOf: URL(fileURLWithPath: authority.path("elsewhere.pem")))
            )
            settings.trust?.key = Array(try Data(contentsOf: URL(fileURLWithPath: authority.path("elsewhere.key"))))
        }
        try await Stage.run(settings) { stage in
            let answer = try await stage.tag("asked")
            #expect(answer.tags.contains("from-plugin") == isGiven, "\(answer.json)")
            #expect(stage.server.requests.count == (isGiven ? 1 : 0))
            // What is shown of it holds no key.
            let shown = try await stage.call("GET", "/v1/plugins/\(stage.plugin)").json["tls"]
            #expect(shown?["authorities"]?.stringValue?.hasPrefix("-----BEGIN CERTIFICATE") == true)
            #expect((shown?["certificate"] != nil) == isGiven)
            #expect(shown?["key"] == nil)
            let audit = try await stage.call("GET", "/v1/audit").json.serialized()
            #expect(!String(decoding: audit, as: UTF8.self).contains("PRIVATE KEY"))
            if !isGiven {
                // By TLS 1.3 the refusal comes after the handshake; the server drops what was sent meanwhile.
                let kind = try await stage.refusal()["kind"]?.stringValue ?? ""
                #expect(["tls", "sent-but-reset"].contains(kind), "\(kind)")
            }
        }
    }

    @Test func settingsCanBeChangedAndTakenAway() async throws {
        try await Stage.run(try FailureTable.secured("none")) { stage in
            let path = "/v1/plugins/\(stage.plugin)"
            let without = try await stage.call("PATCH", path, ["tls": .null])
            #expect(without.status == 200, "\(without.json)")
            #expect(without.json["tls"] == .null)
            _ = try await stage.tag("asked")
            #expect(try await stage.refusal()["kind"] == "tls")
            let pem = String(decoding: try FailureTable.authority.get().authorities(), as: UTF8.self)
            _ = try await stage.call("PATCH", path, ["tls": ["authorities": .string(pem)]])
            let answer = try await stage.tag("asked again")
            #expect(answer.tags.contains("from-plugin"), "\(answer.json)")
            let kept = try await stage.store.plugins().first
            #expect(kept?.tls == WebhookTLS(authorities: Array(pem.utf8)))
        }
    }

    @Test(arguments: [
        (#"{"authorities":"not PEM"}"#, "/tls/authorities"), (#"{"key":"-----BEGIN PRIVATE KEY-----"}"#, "/tls"),
        (#"{"certificate":"-----BEGIN PRIVATE KEY-----","key":"-----BEGIN PRIVATE KEY-----"}"#, "/tls/certificate"),
        (#"{"verify":false}"#, "/tls/verify"),
    ])
    func badSettingsAreRefused(_ tls: String, _ place: String) async throws {
        try await Stage.run(.init(script: HostileServer.answering(""))) { stage in
            let manifest: JSON = ["protocol": ["1.0"], "name": "other"]
            let body: JSON = [
                "url": "https://plugin.test/", "handshake": "skip", "manifest": manifest,
                "tls": try JSON(parsing: Array(tls.utf8)),
            ]
            let answer = try await stage.call("POST", "/v1/plugins", body)
            #expect(answer.status == 422, "\(answer.json)")
            #expect(answer.json["pointer"]?.stringValue?.hasPrefix(place) == true, "\(answer.json)")
        }
    }
}
