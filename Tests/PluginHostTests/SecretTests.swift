import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Replacing the secrets that sign what a plugin is sent.
@Suite(.timeLimit(.minutes(1)))
struct SecretTests {
    private static func rotation(_ secret: WebhookSecret? = nil, keep: Int? = nil) -> SecretRotation {
        var rotation = SecretRotation()
        rotation.secret = secret?.text
        rotation.keepSeconds = keep
        return rotation
    }

    /// How many signatures the latest request has, and which of the secrets made them, in order.
    private static func signers(_ fixture: Fixture, _ secrets: [WebhookSecret]) throws -> [Int] {
        let request = try #require(fixture.transport.requests.last)
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        let id = try #require(headers["webhook-id"])
        let seconds = try #require(Int64(headers["webhook-timestamp"] ?? ""))
        return try #require(headers["webhook-signature"]).split(separator: " ").map { signature in
            try #require(
                secrets.firstIndex {
                    WebhookSignature.sign(id: id, timestamp: seconds, body: request.body, secret: $0) == signature
                }
            )
        }
    }

    @Test func everyLiveSecretSignsNewestFirst() async throws {
        let now = Shared(Timestamp.now())
        let clock = HostClock(
            now: { now.value },
            microseconds: HostClock.system.microseconds,
            sleep: HostClock.system.sleep
        )
        @Sendable func wait(_ seconds: Int64) {
            now.change { $0 = Timestamp(millisecondsSince1970: $0.millisecondsSince1970 + seconds * 1000) }
        }
        try await Fixture(clock: clock).running { fixture in
            let plugin = try await fixture.plugin("reader", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let document = try await fixture.document().document.id
            let first = try #require(plugin.secrets.newest)
            let (second, third) = (WebhookSecret.generate(), WebhookSecret.generate())
            for (secret, keep) in [(second, 3600), (third, 60)] {
                let rotated = try await fixture.host.plugins.rotateSecret(
                    plugin.id,
                    Self.rotation(secret, keep: keep),
                    actor: fixture.admin
                )
                #expect(rotated.secrets.newest == secret)
                #expect(rotated.state == .enabled)
            }
            _ = try await fixture.submit(document, ["op": "document.setTitle", "title": "One"])
            #expect(try Self.signers(fixture, [third, second, first]) == [0, 1, 2])
            // The hour that the first had left has become the minute that the last rotation gave.
            wait(59)
            _ = try await fixture.submit(document, ["op": "document.setTitle", "title": "Two"])
            #expect(try Self.signers(fixture, [third, second, first]) == [0, 1, 2])
            wait(1)
            _ = try await fixture.submit(document, ["op": "document.setTitle", "title": "Three"])
            #expect(try Self.signers(fixture, [third, second, first]) == [0])
        }
    }

    @Test func aSecretThatWasGivenUpSignsNoMore() async throws {
        try await Fixture().running { fixture in
            let plugin = try await fixture.plugin("reader", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let document = try await fixture.document().document.id
            let first = try #require(plugin.secrets.newest)
            let plugins = fixture.host.plugins
            let second = try #require(
                try await plugins.rotateSecret(plugin.id, Self.rotation(), actor: fixture.admin).secrets.newest
            )
            _ = try await plugins.dropSecret(plugin.id, fingerprint: first.fingerprint, actor: fixture.admin)
            _ = try await fixture.submit(document, ["op": "document.setTitle", "title": "One"])
            #expect(try Self.signers(fixture, [second, first]) == [0])
            let third = WebhookSecret.generate()
            _ = try await plugins.rotateSecret(plugin.id, Self.rotation(third, keep: 0), actor: fixture.admin)
            _ = try await fixture.submit(document, ["op": "document.setTitle", "title": "Two"])
            #expect(try Self.signers(fixture, [third, second, first]) == [0])
        }
    }

    @Test func onlySoManyAreLive() async throws {
        let probed = try await ProbedPlugin(Fixture())
        let plugins = probed.fixture.host.plugins
        let admin = probed.fixture.admin
        for _ in 1..<SigningSecrets.limit {
            _ = try await plugins.rotateSecret(probed.id, Self.rotation(), actor: admin)
        }
        let error = await #expect(throws: HostError.self) {
            try await plugins.rotateSecret(probed.id, Self.rotation(), actor: admin)
        }
        #expect(error?.code == .limitExceeded)
        #expect(error?.limit == 4)
        #expect(error?.actual == 5)
        #expect(try probed.current.secrets.all.count == SigningSecrets.limit)
        let again = try #require(try probed.current.secrets.newest)
        let repeated = await #expect(throws: HostError.self) {
            try await plugins.rotateSecret(probed.id, Self.rotation(again), actor: admin)
        }
        #expect(repeated?.code == .schemaViolation)
        // Nothing is kept of what is given up at once, so that there is always room for a replacement.
        let rotated = try await plugins.rotateSecret(probed.id, Self.rotation(keep: 0), actor: admin)
        #expect(rotated.secrets.all.count == 1)
        for (fingerprint, code) in [
            (try #require(rotated.secrets.newest).fingerprint, HostError.Code.invalidParameter),
            ("000000000000", .notFound),
        ] {
            let error = await #expect(throws: HostError.self) {
                try await plugins.dropSecret(probed.id, fingerprint: fingerprint, actor: admin)
            }
            #expect(error?.code == code)
        }
        for seconds in [-1, 604_801] {
            let error = await #expect(throws: HostError.self) {
                try await plugins.rotateSecret(probed.id, Self.rotation(keep: seconds), actor: admin)
            }
            #expect(error?.code == .schemaViolation)
        }
    }

    @Test func theLedgerNamesSecretsByFingerprintAlone() async throws {
        let probed = try await ProbedPlugin(Fixture())
        let first = try #require(try probed.current.secrets.newest)
        let admin = probed.fixture.admin
        let rotated = try await probed.fixture.host.plugins.rotateSecret(probed.id, Self.rotation(), actor: admin)
        let second = try #require(rotated.secrets.newest)
        var entry = try #require(probed.fixture.store.entries.last?.entry)
        #expect(entry.kind == .secretRotated)
        #expect(entry.actor == admin)
        var secrets = try JSON(parsing: entry.payload)["secrets"]
        #expect(secrets?[0]?["fingerprint"]?.stringValue == second.fingerprint)
        #expect(secrets?[0]?["endsAt"] == .null)
        #expect(secrets?[1]?["fingerprint"]?.stringValue == first.fingerprint)
        #expect(secrets?[1]?["endsAt"]?.stringValue?.isEmpty == false)
        _ = try await probed.fixture.host.plugins.dropSecret(probed.id, fingerprint: first.fingerprint, actor: admin)
        entry = try #require(probed.fixture.store.entries.last?.entry)
        #expect(entry.kind == .secretDropped)
        secrets = try JSON(parsing: entry.payload)["secrets"]
        #expect(secrets?.arrayValue?.count == 1)
        for entry in probed.fixture.store.entries {
            #expect(!String(decoding: entry.entry.payload, as: UTF8.self).contains("whsec_"))
        }
    }

    /// A plugin does not say which signature fitted, so that only a ping by one secret alone can tell which it has.
    @Test func aProbeFindsOutWhichSecretsThePluginHas() async throws {
        let probed = try await ProbedPlugin(Fixture())
        let plugins = probed.fixture.host.plugins
        let admin = probed.fixture.admin
        let old = try #require(try probed.current.secrets.newest)
        _ = try await probed.probe()
        #expect(try probed.trials == [true])
        let new = try #require(
            try await plugins.rotateSecret(probed.id, Self.rotation(), actor: admin).secrets.newest
        )
        #expect(try probed.trials == [nil, true])
        // The plugin knows the old one alone: genuine still, and to be looked at.
        var report = try await probed.probe()
        #expect(report.hasPassed)
        #expect(report.secrets.map(\.result) == [.warned, .passed])
        #expect(report.secrets.map(\.about) == [new.fingerprint, old.fingerprint])
        #expect(report.secrets.map(\.status) == [401, 200])
        #expect(try probed.trials == [false, true])
        #expect(probed.fixture.host.probes.health(of: try probed.current)?.isFailing == false)
        probed.secrets.change { $0 = [new, old] }
        #expect(try await probed.probe().secrets.map(\.result) == [.passed, .passed])
        #expect(try probed.trials == [true, true])
        probed.secrets.change { $0 = [new] }
        report = try await probed.probe()
        #expect(
            report.secrets.map(\.remark).last?.hasPrefix("does not take this older secret: it can be dropped") == true
        )
        #expect(try probed.trials == [true, false])
        // Who believes everything has shown nothing.
        probed.believesEverything.change { $0 = true }
        #expect(try await probed.probe().secrets.map(\.result) == [.skipped, .skipped])
        #expect(try probed.trials == [true, false])
    }
}

extension ProbeReport {
    fileprivate var secrets: [ProbeFinding] { findings.filter { $0.probe == .secret } }
}

extension ProbedPlugin {
    /// What the API shows of the trials of each live secret, newest first.
    fileprivate var trials: [Bool?] {
        get throws {
            var writer = JSONWriter()
            writer.beginObject()
            fixture.host.probes.writeEvidence(about: try current, into: &writer)
            writer.endObject()
            return try JSON(parsing: writer.bytes)["secrets"]?.arrayValue?.map { $0["trial"]?["accepted"]?.boolValue }
                ?? []
        }
    }
}
