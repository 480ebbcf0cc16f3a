import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PluginServiceTests {
    private let url = "http://plugin.test/hook"
    private let manifest: JSON = [
        "protocol": ["1.0"], "name": "sample", "version": "1.0.0", "description": "A sample.",
        "subscriptions": [["events": ["document.changed"], "phase": "after"]], "scopes": ["tags:write"],
    ]

    /// A plugin that answers pings; `verifies` decides what it does with a wrong signature.
    private func serve(_ fixture: Fixture, secret: String, verifies: Bool) {
        let manifest = manifest
        fixture.transport.handle(url) { request in
            let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
            let expected = WebhookSignature.sign(
                id: headers["webhook-id"] ?? "",
                timestamp: Int64(headers["webhook-timestamp"] ?? "") ?? 0,
                body: request.body,
                secrets: [try WebhookSecret(parsing: secret)]
            )
            if verifies, headers["webhook-signature"] != expected {
                return WebhookReply(status: 401, contentType: nil, body: [])
            }
            let challenge = try JSON(parsing: request.body)["events"]?[0]?["data"]?["challenge"] ?? nil
            let answer: JSON = ["protocol": "1.0", "challenge": challenge, "manifest": manifest]
            return WebhookReply(status: 200, contentType: "application/json", body: answer.serialized())
        }
    }

    @Test(arguments: [true, false])
    func handshakeTellsWhetherAPluginVerifiesSignatures(verifies: Bool) async throws {
        let fixture = Fixture()
        let secret = WebhookSecret.generate().text
        serve(fixture, secret: secret, verifies: verifies)
        var registration = PluginRegistration(url: url)
        registration.secret = secret
        let plugin = try await fixture.host.plugins.register(registration, actor: fixture.admin)
        #expect(plugin.state == .pending)
        #expect(plugin.name == "sample")
        #expect(plugin.secrets.newest?.text == secret)
        let enabled = try await fixture.host.plugins.enable(plugin.id, actor: fixture.admin)
        #expect(enabled.state == .enabled)
        #expect(enabled.verifiesSignatures == verifies)
        let kinds = fixture.store.entries.map(\.entry.kind)
        #expect(kinds == [.pluginRegistered, .pluginEnabled])
        #expect(!fixture.store.entries.contains { String(decoding: $0.entry.payload, as: UTF8.self).contains(secret) })
    }

    @Test func unreachablePluginIsNotRegistered() async throws {
        let fixture = Fixture()
        do {
            _ = try await fixture.host.plugins.register(PluginRegistration(url: url), actor: fixture.admin)
            Issue.record("registered")
        } catch let error as HostError {
            #expect(error.code == .handshakeFailed)
            #expect(error.refusal?.kind == .connectRefused)
        }
        #expect(fixture.host.plugins.list().isEmpty)
    }

    @Test func wrongChallengeFailsTheHandshake() async throws {
        let fixture = Fixture()
        fixture.transport.answer(url, #"{"protocol": "1.0", "challenge": "something else"}"#)
        await #expect {
            _ = try await fixture.host.plugins.register(PluginRegistration(url: url), actor: fixture.admin)
        } throws: { ($0 as? HostError)?.code == .handshakeFailed }
    }

    @Test func addressThatMayNotBeCalledIsRefusedEarly() async throws {
        let fixture = Fixture()
        do {
            _ = try await fixture.host.plugins.register(
                PluginRegistration(url: "http://10.0.0.1/"),
                actor: fixture.admin
            )
            Issue.record("registered")
        } catch let error as HostError {
            #expect(error.code == .pluginURLRefused)
            #expect(error.pointer?.description == "/url")
        }
        #expect(fixture.transport.requests.isEmpty)
    }

    @Test func nameIsUnique() async throws {
        let fixture = Fixture()
        var registration = PluginRegistration(url: url)
        registration.handshake = .skip
        registration.manifest = manifest
        _ = try await fixture.host.plugins.register(registration, actor: fixture.admin)
        await #expect {
            _ = try await fixture.host.plugins.register(registration, actor: fixture.admin)
        } throws: { ($0 as? HostError)?.code == .nameTaken }
    }

    @Test func skippedHandshakeContactsNobody() async throws {
        let fixture = Fixture()
        var registration = PluginRegistration(url: url)
        registration.handshake = .skip
        registration.manifest = manifest
        let plugin = try await fixture.host.plugins.register(registration, actor: fixture.admin)
        let enabled = try await fixture.host.plugins.enable(plugin.id, actor: fixture.admin)
        #expect(enabled.state == .enabled)
        #expect(enabled.verifiesSignatures == nil)
        #expect(fixture.transport.requests.isEmpty)
    }

    @Test func patchTakesGrantsAwayAndNewURLMakesPending() async throws {
        let fixture = Fixture()
        var registration = PluginRegistration(url: url)
        registration.handshake = .skip
        registration.manifest = manifest
        let plugin = try await fixture.host.plugins.register(registration, actor: fixture.admin)
        _ = try await fixture.host.plugins.enable(plugin.id, actor: fixture.admin)
        var patch = PluginPatch()
        patch.scopes = []
        #expect(try await fixture.host.plugins.update(plugin.id, patch, actor: fixture.admin).scopes.isEmpty)
        patch = PluginPatch()
        patch.url = "http://other.test/"
        #expect(try await fixture.host.plugins.update(plugin.id, patch, actor: fixture.admin).state == .pending)
        patch = PluginPatch()
        patch.scopes = ["tags:wrote"]
        await #expect {
            _ = try await fixture.host.plugins.update(plugin.id, patch, actor: fixture.admin)
        } throws: { error in
            guard let error = error as? HostError else { return false }
            return error.code == .schemaViolation && error.pointer?.description == "/scopes/0" && error.hint != nil
        }
    }

    @Test func whatAnAdministratorDoesDuringThePingsGoesBefore() async throws {
        let fixture = Fixture()
        let secret = WebhookSecret.generate().text
        serve(fixture, secret: secret, verifies: true)
        var registration = PluginRegistration(url: url)
        registration.secret = secret
        let plugin = try await fixture.host.plugins.register(registration, actor: fixture.admin)
        let manifest = manifest
        fixture.transport.handle(url) { request in
            _ = try await fixture.host.plugins.disable(plugin.id, actor: fixture.admin)
            let challenge = try JSON(parsing: request.body)["events"]?[0]?["data"]?["challenge"] ?? nil
            let answer: JSON = ["protocol": "1.0", "challenge": challenge, "manifest": manifest]
            return WebhookReply(status: 200, contentType: "application/json", body: answer.serialized())
        }
        await #expect {
            _ = try await fixture.host.plugins.enable(plugin.id, actor: fixture.admin)
        } throws: { ($0 as? HostError)?.code == .conflict }
        #expect(try fixture.host.plugins.get(plugin.id).state == .disabled)
    }
}
