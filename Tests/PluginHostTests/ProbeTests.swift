import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Trying plugins: pings good and forged, and feeding them their own results.
@Suite(.timeLimit(.minutes(1)))
struct ProbeTests {
    typealias Result = ProbeFinding.Result

    @Test func pluginThatDoesAllRightPasses() async throws {
        let probed = try await ProbedPlugin(Fixture())
        let report = try await probed.probe()
        #expect(report.hasPassed)
        #expect(report.results == [.passed, .passed, .passed, .skipped])
        #expect(report.findings.map(\.status) == [200, 401, 401, nil])
        let ping = try #require(report.findings.first?.exchanges.first)
        #expect(ping.outcome == .nothing)
        #expect(try await probed.fixture.store.exchange(ping.id) != nil)
        // The forged ones are no exchanges.
        #expect(probed.fixture.store.allExchanges.count == 1)
    }

    @Test func pluginThatBelievesOldRequestsIsToldOf() async throws {
        let probed = try await ProbedPlugin(Fixture())
        probed.believesOldRequests.change { $0 = true }
        #expect(try await probed.probe().results == [.passed, .passed, .failed, .skipped])
    }

    @Test func pluginThatVerifiesNoLongerIsMarked() async throws {
        let probed = try await ProbedPlugin(Fixture())
        #expect(try probed.current.verifiesSignatures == true)
        probed.believesEverything.change { $0 = true }
        #expect(try await probed.probe().results == [.passed, .failed, .failed, .skipped])
        #expect(try probed.current.verifiesSignatures == false)
        #expect(probed.fixture.store.entries.last?.entry.kind == .pluginChanged)
        let count = probed.fixture.store.entries.count
        _ = try await probed.probe()
        #expect(probed.fixture.store.entries.count == count)
    }

    @Test func failingPingsAreEvidenceUntilOneSucceeds() async throws {
        let probed = try await ProbedPlugin(Fixture())
        probed.isDown.change { $0 = true }
        #expect(try await probed.probe().results == [.failed, .skipped, .skipped, .skipped])
        _ = try await probed.probe()
        var health = try #require(probed.fixture.host.probes.health(of: probed.current))
        #expect(health.failures == 2)
        #expect(health.failingSince != nil)
        #expect(health.lastPing.refusal?.kind == .serverError)
        #expect(health.lastPing.status == 503)
        probed.isDown.change { $0 = false }
        _ = try await probed.probe()
        health = try #require(probed.fixture.host.probes.health(of: probed.current))
        #expect(!health.isFailing)
        #expect(health.failingSince == nil)
        // What was known of the old address says nothing about the new one.
        var patch = PluginPatch()
        patch.url = "http://moved.test/"
        let moved = try await probed.fixture.host.plugins.update(probed.id, patch, actor: probed.fixture.admin)
        #expect(probed.fixture.host.probes.health(of: moved) == nil)
    }

    /// However many subscriptions a plugin has, and however slow it is.
    @Test func testOfAPluginThatHangsEnds() async throws {
        let clock = VirtualClock()
        let fixture = Fixture(clock: clock.hostClock)
        let asked = Shared(0)
        let more: [JSON] = (0..<9).map { number in
            [
                "events": ["document.changed"], "match": ["types": [.string("type\(number)")]], "sideEffects": "none",
                "timeoutMilliseconds": 30_000,
            ]
        }
        let plugin = try await fixture.plugin("hanging", phase: .after, extra: ["sideEffects": "none"], more: more) {
            request in
            asked.change { $0 += 1 }
            clock.pass(request.timeout)
            throw WebhookFailure(kind: .headersLate, message: "late", requestWasSent: true)
        }
        let report = try await fixture.host.probes.test(plugin.id, sideEffects: .none, actor: fixture.admin)
        let tried = report.findings.filter { $0.probe == .idempotence }
        // 2 s, 30 s, 30 s: then the minute is over.
        #expect(asked.value == 3)
        #expect(tried.map(\.result) == Array(repeating: .failed, count: 3) + Array(repeating: .skipped, count: 7))
        #expect(tried.last?.remark.contains("62 s") == true, "\(tried.last?.remark ?? "")")
    }

    /// Pings tell an administrator; exchanges decide whether a plugin is asked.
    @Test func failingPingsDoNotOpenTheBreaker() async throws {
        try await Fixture().running { fixture in
            let probed = try await ProbedPlugin(fixture)
            probed.isDown.change { $0 = true }
            for _ in 0..<30 { _ = try await probed.probe() }
            probed.isDown.change { $0 = false }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.exchanges.map(\.outcome) == [.applied])
        }
    }

    @Test func skippedHandshakeIsNeverPinged() async throws {
        let fixture = Fixture()
        let plugin = try await fixture.plugin("shy", phase: .after, extra: ["sideEffects": "none"]) { _ in
            .json(#"{"protocol": "1.0"}"#)
        }
        let report = try await fixture.host.probes.probe(plugin.id, actor: fixture.admin)
        #expect(report.results == [.skipped, .skipped, .skipped, .skipped])
        #expect(report.findings.allSatisfy { $0.remark.contains("handshake") })
        #expect(fixture.transport.requests.isEmpty)
        // Events are what such a plugin does answer.
        let test = try await fixture.host.probes.test(plugin.id, sideEffects: .none, actor: fixture.admin)
        #expect(test.results.last == .passed)
        #expect(fixture.transport.requests.count == 1)
    }

    @Test(arguments: [
        (#"{"op": "tag.add", "tag": "seen"}"#, Result.warned),
        (#"{"op": "block.insert", "block": {"type": "paragraph", "text": "me again"}}"#, .failed),
        (#"{"op": "document.delete"}"#, .failed), (#"{"op": "tag.remove", "tag": "absent"}"#, .passed),
        (#"{"op": "block.delete", "target": {"find": {"text": "nowhere"}}}"#, .failed),
    ])
    func constantAnswerIsFedToItsPlugin(_ command: String, _ expected: Result) async throws {
        let fixture = Fixture()
        let plugin = try await fixture.plugin("fixed", phase: .after, extra: ["sideEffects": "none"]) { _ in
            .json(#"{"protocol": "1.0", "commands": [\#(command)]}"#)
        }
        let report = try await fixture.host.probes.test(plugin.id, sideEffects: .none, actor: fixture.admin)
        #expect(report.findings.last?.result == expected, "\(report.findings.last?.remark ?? "")")
        #expect(report.findings.last?.about == "after document.changed")
        let bodies = fixture.transport.bodies("http://fixed.test/hook")
        #expect(bodies.allSatisfy { $0["dryRun"] == true })
        #expect(report.findings.last?.exchanges.count == bodies.count)
        #expect(fixture.store.entries.allSatisfy { $0.entry.kind != .mutation })
    }

    @Test func pluginSeesWhatItsAnswerMakes() async throws {
        let fixture = Fixture()
        let plugin = try await fixture.plugin(
            "tagger",
            phase: .before,
            extra: ["sideEffects": "none", "match": ["types": ["letter"], "tags": ["draft"]]]
        ) { request in
            let tags = try JSON(parsing: request.body)["document"]?["tags"]?.arrayValue ?? []
            let isNew = !tags.contains("seen")
            return .json(
                isNew
                    ? #"{"protocol": "1.0", "state": {"n": 1}, "commands": [{"op": "tag.add", "tag": "seen"}]}"#
                    : #"{"protocol": "1.0"}"#
            )
        }
        let report = try await fixture.host.probes.test(plugin.id, sideEffects: .none, actor: fixture.admin)
        #expect(report.results.last == .passed)
        #expect(report.findings.last?.remark == "lets its own result be")
        let bodies = fixture.transport.bodies("http://tagger.test/hook")
        #expect(bodies.map { $0["document"]?["revision"] } == [1, 2])
        #expect(bodies.map { $0["document"]?["type"] } == ["letter", "letter"])
        #expect(bodies.last?["events"]?[0]?["commands"]?[0]?["op"] == "tag.add")
        #expect(bodies.map { $0["plugin"]?["state"] } == [[:], ["n": 1]])
    }

    @Test func sideEffectsAreNotCausedUnasked() async throws {
        let fixture = Fixture()
        let plugin = try await fixture.plugin("mailer", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
        let report = try await fixture.host.probes.test(plugin.id, sideEffects: .none, actor: fixture.admin)
        #expect(report.findings.last?.result == .skipped)
        #expect(fixture.transport.requests.isEmpty)
        let insisted = try await fixture.host.probes.test(plugin.id, sideEffects: .some, actor: fixture.admin)
        #expect(insisted.findings.last?.result == .passed)
    }

    @Test func answerBeyondItsGrantsFails() async throws {
        let fixture = Fixture()
        let plugin = try await fixture.plugin("greedy", phase: .after, scopes: [], extra: ["sideEffects": "none"]) {
            _ in
            .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "x"}]}"#)
        }
        let report = try await fixture.host.probes.test(plugin.id, sideEffects: .none, actor: fixture.admin)
        #expect(report.findings.last?.result == .failed)
        #expect(report.findings.last?.exchanges.first?.refusal?.kind == .notGranted)
    }
}

extension ProbeReport {
    var results: [ProbeFinding.Result] { findings.map(\.result) }
}
