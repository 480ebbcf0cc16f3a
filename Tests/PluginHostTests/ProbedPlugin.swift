import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport

/// An enabled plugin that answers pings and verifies signatures, unless a test tells it otherwise.
struct ProbedPlugin: Sendable {
    let fixture: Fixture
    let id: PluginID
    let isDown = Shared(false)
    let believesEverything = Shared(false)
    let believesOldRequests = Shared(false)
    /// The secrets that it knows.
    let secrets = Shared<[WebhookSecret]>([])
    /// When the certificate ends that it shows.
    let certificateEnd = Shared<Timestamp?>(nil)
    /// How many genuine pings it answered.
    let pings = Shared(0)

    var current: Plugin { get throws { try fixture.host.plugins.get(id) } }

    init(_ fixture: Fixture, name: String = "sample", isEnabled: Bool = true) async throws {
        self.fixture = fixture
        let secret = WebhookSecret.generate()
        let secrets = secrets
        secrets.change { $0 = [secret] }
        let url = "http://\(name).test/hook"
        let manifest: JSON = [
            "protocol": ["1.0"], "name": .string(name), "scopes": ["tags:write"],
            "subscriptions": [["events": ["document.changed"]]],
        ]
        let (isDown, pings, certificateEnd) = (isDown, pings, certificateEnd)
        let (believesEverything, believesOldRequests) = (believesEverything, believesOldRequests)
        fixture.transport.handle(url) { request in
            if isDown.value { return WebhookReply(status: 503, contentType: nil, body: []) }
            func header(_ name: String) -> String? { request.headers.first { $0.name == name }?.value }
            let verify = {
                try WebhookSignature.verify(
                    id: header("webhook-id"),
                    timestamp: header("webhook-timestamp"),
                    signature: header("webhook-signature"),
                    body: request.body,
                    secrets: secrets.value,
                    now: fixture.clock.now(),
                    tolerance: believesOldRequests.value ? .seconds(86_400) : .seconds(300)
                )
            }
            if !believesEverything.value {
                do { try verify() } catch { return WebhookReply(status: 401, contentType: nil, body: []) }
            }
            guard let challenge = try JSON(parsing: request.body)["events"]?[0]?["data"]?["challenge"] else {
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "seen"}]}"#)
            }
            pings.change { $0 += 1 }
            let answer: JSON = ["protocol": "1.0", "challenge": challenge, "manifest": manifest]
            var reply = WebhookReply(status: 200, contentType: "application/json", body: answer.serialized())
            if request.opensConnection { reply.certificateEnd = certificateEnd.value }
            return reply
        }
        var registration = PluginRegistration(url: url)
        registration.secret = secret.text
        id = try await fixture.host.plugins.register(registration, actor: fixture.admin).id
        if isEnabled { _ = try await fixture.host.plugins.enable(id, actor: fixture.admin) }
    }

    func probe() async throws -> ProbeReport { try await fixture.host.probes.probe(id, actor: fixture.admin) }
}
