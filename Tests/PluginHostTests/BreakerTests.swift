import DocumentModel
import JSONSchema
import Logging
import NIOConcurrencyHelpers
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// A plugin's circuit breaker as administrators see and reset it.
@Suite(.timeLimit(.minutes(1)))
struct BreakerTests {
    /// Microseconds that passed besides the system's.
    private let ahead = Shared(0)
    private let isDown = Shared(true)
    private let lines = NIOLockedValueBox<[String]>([])

    private var clock: HostClock {
        let ahead = ahead
        return HostClock(
            now: {
                Timestamp(millisecondsSince1970: Timestamp.now().millisecondsSince1970 + Int64(ahead.value / 1000))
            },
            microseconds: { HostClock.system.microseconds() + ahead.value },
            sleep: { try await Task.sleep(for: $0) }
        )
    }

    private func fixture(_ limits: Limits = .default) -> Fixture {
        let lines = lines
        return Fixture(limits: limits, clock: clock, logger: Logger(label: "test") { _ in RecordingLogHandler(lines) })
    }

    private func plugin(_ fixture: Fixture) async throws -> Plugin {
        let isDown = isDown
        return try await fixture.plugin("shaky", phase: .after) { _ in
            if isDown.value { return WebhookReply(status: 503, contentType: nil, body: []) }
            return .json(#"{"protocol": "1.0"}"#)
        }
    }

    /// Changes the document so often, each change being told to the plugin.
    private func change(_ fixture: Fixture, _ document: DocumentID, times: Int = 1) async throws {
        for _ in 0..<times {
            let tag: JSON = .string("t\(fixture.store.allExchanges.count)")
            _ = try await fixture.submit(document, ["op": "tag.add", "tag": tag])
        }
    }

    private func breaker(_ fixture: Fixture, _ plugin: Plugin) throws -> JSON {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        fixture.host.plugins.writeBreaker(of: plugin, into: &writer)
        writer.endObject()
        return try #require(try JSON(parsing: writer.bytes)["breaker"])
    }

    private func told(_ level: String) -> [String] {
        lines.withLockedValue { $0 }.filter { $0.hasPrefix(level) && $0.contains("circuit breaker") }
    }

    @Test func turnsAreShownWithTheirEvidenceAndLogged() async throws {
        try await fixture().running { fixture in
            let plugin = try await plugin(fixture)
            let id = try await fixture.document().document.id
            try await change(fixture, id, times: 19)
            var breaker = try breaker(fixture, plugin)
            #expect(breaker["state"] == "closed")
            #expect(breaker["calls"] == 19 && breaker["failures"] == 19)
            #expect(breaker["history"] == [])
            try await change(fixture, id)
            breaker = try self.breaker(fixture, plugin)
            #expect(breaker["state"] == "open")
            let opened = try #require(breaker["history"]?[0])
            #expect(opened["turn"] == "opened" && opened["calls"] == 20 && opened["failures"] == 20)
            #expect(opened["refusal"]?["kind"] == "5xx")
            #expect(opened["exchange"]?.stringValue == fixture.store.allExchanges.last?.id.description)
            #expect(breaker["nextProbe"] == opened["nextProbe"])
            let times = [opened["time"], opened["nextProbe"]].map { Timestamp(parsing: $0?.stringValue ?? "") }
            let pause = try #require(times[1]).millisecondsSince1970 - #require(times[0]).millisecondsSince1970
            #expect(pause == 10_000)
            #expect(told("warning").count == 1)
            #expect(told("warning")[0].contains("plugin=shaky") && told("warning")[0].contains("failures=20"))

            // Long after the calls that opened it, what opened it is still told, also to whoever is not asked.
            ahead.change { $0 += 60_000_000 }
            try await change(fixture, id)
            breaker = try self.breaker(fixture, plugin)
            #expect(breaker["history"]?.arrayValue?.map { $0["turn"] } == ["probe-failed", "opened"])
            #expect(breaker["calls"] == 20 && breaker["failures"] == 20)
            try await change(fixture, id)
            let skipped = try #require(fixture.store.allExchanges.last)
            #expect(skipped.outcome == .skipped)
            #expect(skipped.refusal?.message.contains("20 of 20 calls had failed") == true)

            isDown.change { $0 = false }
            ahead.change { $0 += 60_000_000 }
            try await change(fixture, id)
            breaker = try self.breaker(fixture, plugin)
            #expect(breaker["state"] == "closed" && breaker["nextProbe"] == .null)
            #expect(breaker["history"]?[0]?["turn"] == "closed")
            #expect(told("warning").count == 2 && told("notice").count == 1)
        }
    }

    @Test func resetTakesEffectOnTheNextEventAndIsInTheTrail() async throws {
        try await fixture().running { fixture in
            let plugin = try await plugin(fixture)
            let id = try await fixture.document().document.id
            try await change(fixture, id, times: 21)
            #expect(fixture.store.allExchanges.last?.refusal?.kind == .breakerOpen)
            isDown.change { $0 = false }
            _ = try await fixture.host.plugins.resetBreaker(plugin.id, actor: fixture.admin)
            try await change(fixture, id)
            #expect(fixture.store.allExchanges.last?.outcome == .nothing)
            let entry = try #require(fixture.store.entries.last { $0.entry.kind == .breakerReset }?.entry)
            #expect(entry.actor == fixture.admin && entry.plugin == plugin.id)
            #expect(try JSON(parsing: entry.payload)["breaker"]?["state"] == "open")
            let breaker = try breaker(fixture, plugin)
            #expect(breaker["state"] == "closed" && breaker["calls"] == 1 && breaker["failures"] == 0)
            #expect(breaker["history"]?[0]?["turn"] == "reset")
        }
    }

    @Test(arguments: [true, false]) func enablingOrMovingAPluginClosesItsBreaker(moves: Bool) async throws {
        try await fixture().running { fixture in
            let plugin = try await plugin(fixture)
            let id = try await fixture.document().document.id
            try await change(fixture, id, times: 20)
            #expect(try breaker(fixture, plugin)["state"] == "open")
            if moves {
                let patch = try PluginPatch(json: ["url": "http://elsewhere.test/hook"])
                _ = try await fixture.host.plugins.update(plugin.id, patch, actor: fixture.admin)
            } else {
                _ = try await fixture.host.plugins.enable(plugin.id, actor: fixture.admin)
            }
            #expect(try breaker(fixture, plugin)["state"] == "closed")
        }
    }

    @Test func historyIsBounded() async throws {
        var limits = Limits.default
        limits.breakerCalls = 1
        try await fixture(limits).running { fixture in
            let plugin = try await plugin(fixture)
            let id = try await fixture.document().document.id
            for _ in 0..<15 {
                try await change(fixture, id)
                _ = try await fixture.host.plugins.resetBreaker(plugin.id, actor: fixture.admin)
            }
            let turns = try #require(try breaker(fixture, plugin)["history"]?.arrayValue).map { $0["turn"] }
            #expect(turns == (0..<20).map { $0 % 2 == 0 ? "reset" : "opened" })
        }
    }

    /// Whoever waits for a place while the plugin fails those before it is spared.
    @Test func breakerThatOpensMeanwhileSparesThoseInLine() async throws {
        var limits = Limits.default
        limits.exchangesAtOnce = 1
        limits.breakerCalls = 2
        try await fixture(limits).running { fixture in
            let asked = Shared(0)
            let gate = Shared(false)
            try await fixture.plugin("slow", phase: .before, timeoutMilliseconds: 4000) { _ in
                asked.change { $0 += 1 }
                while !gate.value { try await Task.sleep(for: .milliseconds(1)) }
                return WebhookReply(status: 503, contentType: nil, body: [])
            }
            var documents: [DocumentID] = []
            for _ in 0..<6 { documents.append(try await fixture.document().document.id) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in documents {
                    group.addTask {
                        _ = try await fixture.submit(id, ["op": "tag.add", "tag": "new"]) { $0.wait = .committed }
                    }
                }
                while fixture.host.pluginNumbers().first?.waiting != 5 { try await Task.sleep(for: .milliseconds(1)) }
                gate.change { $0 = true }
                try await group.waitForAll()
            }
            #expect(asked.value == 2)
            let kinds = fixture.store.allExchanges.compactMap(\.refusal?.kind)
            #expect(kinds.count { $0 == .serverError } == 2 && kinds.count { $0 == .breakerOpen } == 4, "\(kinds)")
        }
    }
}
