import ArgumentParser
import JSONSchema
import Testing

@testable import HostCommand

@Suite struct ProbeTextTests {
    private static func probe(_ name: String, _ result: String, _ remark: String, about: JSON = nil) -> JSON {
        [
            "name": .string(name), "about": about, "result": .string(result), "remark": .string(remark), "status": 200,
            "microseconds": 12_345, "exchanges": [],
        ]
    }

    @Test func tableSaysWhatIsWrong() {
        let report: JSON = [
            "plugin": "plg_1", "time": "2026-11-24T13:23:55.123Z", "passed": false,
            "probes": [
                Self.probe("ping", "passed", "answered the challenge"),
                Self.probe("certificate", "warned", "ends soon"),
                Self.probe("idempotence", "failed", "changes it again", about: "after document.changed"),
                Self.probe("idempotence", "skipped", "no example", about: "after comment.added"),
            ],
        ]
        let lines = ProbeText.table(report, width: nil).split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(
            lines == [
                "PROBE ABOUT MS SEEN", "ok ping 12.3 answered the challenge", "warned certificate 12.3 ends soon",
                "FAILED idempotence after document.changed 12.3 changes it again",
                "- idempotence after comment.added 12.3 no example", "1 thing is wrong",
            ]
        )
    }

    @Test func healthIsSaidInAColumnAndInFull() {
        var plugin: JSON = ["name": "p", "health": .null]
        #expect(HealthText.short(plugin) == "")
        #expect(HealthText.ping(plugin) == "")
        let refusal: JSON = ["kind": "connect-refused", "message": "nobody listens"]
        let certificate: JSON = ["ends": "2026-11-30T00:00:00.000Z", "daysLeft": 5, "warned": 7]
        plugin = [
            "name": "p",
            "health": [
                "lastPing": [
                    "time": "2026-11-24T13:23:55.123Z", "result": "failed", "microseconds": 1_000, "status": nil,
                    "refusal": refusal,
                ],
                "failures": 3, "failingSince": "2026-11-24T13:13:55.123Z", "certificate": certificate,
            ],
        ]
        #expect(HealthText.short(plugin) == "FAILING ×3, TLS ends in 5 d")
        let ping = HealthText.ping(plugin)
        #expect(ping.contains("3 in a row since") && ping.contains("nobody listens"), "\(ping)")
        #expect(HealthText.certificate(plugin).hasSuffix("in 5 days: RENEW IT"))
    }

    @Test func breakerIsSaidInAColumnAndInFull() {
        func plugin(_ state: String, nextProbe: JSON = nil, _ history: JSON...) -> JSON {
            [
                "name": "p", "state": "enabled",
                "breaker": [
                    "state": .string(state), "calls": 20, "failures": 18, "nextProbe": nextProbe,
                    "history": .array(history),
                ],
            ]
        }
        let quiet = plugin("closed")
        #expect(BreakerText.state(quiet) == "enabled" && BreakerText.line(quiet) == "")
        let opened: JSON = [
            "turn": "opened", "time": "2026-11-24T13:23:55.123Z",
            "refusal": ["kind": "5xx", "message": "it answered 503"],
        ]
        let open = plugin("open", nextProbe: "2026-11-24T13:24:05.123Z", opened)
        #expect(BreakerText.state(open) == "enabled, BREAKER OPEN")
        let line = BreakerText.line(open)
        #expect(
            line.hasPrefix("OPEN, tried again at ") && line.contains("18 of 20 calls had failed; the last: "),
            "\(line)"
        )
        #expect(BreakerText.line(plugin("probing", opened)).hasPrefix("OPEN, being tried: "))
        let reset = plugin("closed", ["turn": "reset", "time": "2026-11-24T13:24:00.000Z"])
        #expect(BreakerText.state(reset) == "enabled" && BreakerText.line(reset).hasSuffix(", when it was reset"))
    }

    @Test func pingIntervalIsSecondsOrOff() throws {
        #expect(try ServeCommand.pingInterval(nil) == .seconds(300))
        #expect(try ServeCommand.pingInterval("60") == .seconds(60))
        #expect(try ServeCommand.pingInterval("0") == nil)
        for text in ["", "-1", "1.5", "5m", "86401"] {
            #expect(throws: ValidationError.self) { _ = try ServeCommand.pingInterval(text) }
        }
    }
}
