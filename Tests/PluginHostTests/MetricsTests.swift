import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// What is counted of exchanges.
@Suite(.timeLimit(.minutes(1)))
struct MetricsTests {
    private static let nothing: FakeTransport.Handler = { _ in
        var timings = WebhookTimings()
        timings.wait = 700
        return WebhookReply(
            status: 200,
            contentType: "application/json",
            body: Array(#"{"protocol": "1.0"}"#.utf8),
            timings: timings
        )
    }

    @Test func exchangesAreCountedByOutcomeKindAndStage() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("good", phase: .after, answer: Self.nothing)
            try await fixture.plugin("bad", phase: .before) { _ in .json("{") }
            let id = try await fixture.document().document.id
            for title in ["a", "b", "c"] {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)])
            }
            let numbers = fixture.host.pluginNumbers()
            #expect(numbers.map(\.name) == ["bad", "good", "other"])
            let bad = numbers[0]
            #expect(bad.outcomes.map { "\($0.phase) \($0.outcome) \($0.count)" } == ["before refused 3"])
            #expect(bad.refusals.map { "\($0.kind.rawValue) \($0.count)" } == ["not-json 3"])
            let good = numbers[1]
            #expect(good.outcomes.map { "\($0.phase) \($0.outcome) \($0.count)" } == ["after nothing 3"])
            #expect(good.refusals.isEmpty)
            let own = try #require(good.stages.first { $0.stage == .plugin }).histogram
            #expect(own.sum == 2100)
            #expect(own.counts == [0, 0, 3] + Array(repeating: 0, count: 9))
            // No stage that did not take place.
            #expect(!good.stages.contains { $0.stage == .tls || $0.stage == .dns })
            #expect(numbers[2].outcomes.isEmpty)
            #expect([good.underWay, good.waiting, good.workWaiting, good.breakersOpen] == [0, 0, 0, 0])
        }
    }

    @Test func seriesAreBoundedAndARemovedPluginMakesRoom() async throws {
        var limits = Limits()
        limits.pluginsWithMetrics = 2
        try await Fixture(limits: limits).running { fixture in
            let first = try await fixture.plugin("first", phase: .after, answer: Self.nothing)
            try await fixture.plugin("other", phase: .after, answer: Self.nothing)
            for name in ["third", "fourth"] { try await fixture.plugin(name, phase: .after, answer: Self.nothing) }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "a"])
            func counts() -> [String] {
                fixture.host.pluginNumbers().map { "\($0.name) \($0.outcomes.reduce(0) { $0 + $1.count })" }
            }
            // The one that is called "other" is counted with the others.
            #expect(counts() == ["first 1", "other 3"])
            try await fixture.host.plugins.delete(first.id, actor: fixture.admin)
            try await fixture.plugin("fifth", phase: .after, answer: Self.nothing)
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "b"])
            #expect(counts() == ["fifth 1", "other 6"])
        }
    }

    @Test func whatIsUnderWayAndWaitsIsShown() async throws {
        try await Fixture().running { fixture in
            let gate = Shared(false)
            try await fixture.plugin("slow", phase: .after) { _ in
                while !gate.value { try await Task.sleep(for: .milliseconds(1)) }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            for title in ["a", "b"] {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)]) {
                    $0.wait = .committed
                }
            }
            let slow = try #require(fixture.host.pluginNumbers().first)
            #expect(slow.underWay == 1)
            #expect(slow.workWaiting == 1)
            gate.change { $0 = true }
        }
    }

    @Test func openBreakerIsShown() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("down", phase: .after) { _ in
                throw WebhookFailure(kind: .connectRefused, message: "nobody listens", requestWasSent: true)
            }
            let id = try await fixture.document().document.id
            for number in 0..<21 { _ = try await fixture.submit(id, ["op": "tag.add", "tag": .string("t\(number)")]) }
            let down = try #require(fixture.host.pluginNumbers().first)
            #expect(down.breakersOpen == 1)
            #expect(down.refusals.map(\.kind) == [.breakerOpen, .connectRefused])
            #expect(down.outcomes.map { "\($0.outcome) \($0.count)" } == ["failed 20", "skipped 1"])
        }
    }
}
