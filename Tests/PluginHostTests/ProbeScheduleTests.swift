import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Pings on a schedule, on a clock that runs a thousand times as fast as the system's.
@Suite(.timeLimit(.minutes(1)))
struct ProbeScheduleTests {
    private static let haste = 1000

    /// A host that pings every 100 s, which are 100 ms here.
    private func fixture(pingInterval: Duration? = .seconds(100)) -> Fixture {
        let clock = HostClock(
            now: { Timestamp.now() },
            microseconds: { HostClock.system.microseconds() * Self.haste },
            sleep: { try await HostClock.system.sleep($0 / Self.haste) }
        )
        return Fixture(clock: clock, pingInterval: pingInterval)
    }

    @Test func enabledPluginsArePingedAgainAndAgain() async throws {
        try await fixture().running { fixture in
            let enabled = try await ProbedPlugin(fixture)
            let pending = try await ProbedPlugin(fixture, name: "pending", isEnabled: false)
            let disabled = try await ProbedPlugin(fixture, name: "disabled")
            _ = try await fixture.host.plugins.disable(disabled.id, actor: fixture.admin)
            let before = (enabled.pings.value, pending.pings.value, disabled.pings.value)
            while enabled.pings.value < before.0 + 5 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(pending.pings.value == before.1)
            #expect(disabled.pings.value == before.2)
            // They leave no exchanges.
            #expect(fixture.store.allExchanges.isEmpty)
            enabled.isDown.change { $0 = true }
            while try fixture.host.probes.health(of: enabled.current)?.failures ?? 0 < 2 {
                try await Task.sleep(for: .milliseconds(1))
            }
            enabled.isDown.change { $0 = false }
            while try fixture.host.probes.health(of: enabled.current)?.isFailing == true {
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    @Test func pingsAreNoMoreThanTheIntervalAllows() async throws {
        try await fixture().running { fixture in
            let start = fixture.clock.microseconds()
            let probed = try await ProbedPlugin(fixture)
            let before = probed.pings.value
            while probed.pings.value < before + 8 { try await Task.sleep(for: .milliseconds(1)) }
            // A busy machine makes pauses longer, never shorter than nine tenths of the interval; the first comes within it.
            let passed = fixture.clock.microseconds() - start
            #expect(passed >= 7 * 90_000_000, "\(passed)")
        }
    }

    @Test func scheduleCanBeSwitchedOff() async throws {
        try await fixture(pingInterval: nil).running { fixture in
            let probed = try await ProbedPlugin(fixture)
            let before = probed.pings.value
            try await Task.sleep(for: .milliseconds(300))
            #expect(probed.pings.value == before)
        }
    }

    /// Plugins that hang keep their own pings late; at most so many are under way, and the host stops in time.
    @Test func hangingPluginsAreBounded() async throws {
        let underWay = Shared((now: 0, most: 0))
        try await fixture().running { fixture in
            for number in 0..<40 {
                let probed = try await ProbedPlugin(fixture, name: "p\(number)")
                fixture.transport.handle("http://p\(number).test/hook") { request in
                    underWay.change { count in
                        count.now += 1
                        count.most = max(count.most, count.now)
                    }
                    defer { underWay.change { $0.now -= 1 } }
                    try await Task.sleep(for: .seconds(20))
                    throw WebhookFailure(kind: .headersLate, message: "late", requestWasSent: true)
                }
                _ = probed
            }
            while underWay.value.now < 16 { try await Task.sleep(for: .milliseconds(1)) }
            try await Task.sleep(for: .milliseconds(100))
            #expect(underWay.value.most == 16)
        }
        #expect(underWay.value.now == 0)
    }
}
