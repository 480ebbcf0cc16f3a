import Foundation
import JSONSchema
import NIOConcurrencyHelpers
import PluginProtocol
import TestSupport
import Testing

/// What docs/failures.md says of the records of failures, beside its table.
@Suite(.timeLimit(.minutes(5)))
struct FailureRecordTests {
    /// The mark for review must neither fail the change nor break the document's type.
    @Test(arguments: [Phase.before, .after])
    func markForReviewKeepsToTheType(_ phase: Phase) async throws {
        var settings = Stage.Settings(script: HostileServer.answering("", status: "500 Failed"))
        settings.phase = phase
        settings.onFailure = .flag
        try await Stage.run(settings) { stage in
            let schema: JSON = ["properties": ["tags": ["not": ["contains": ["const": "needs-review"]]]]]
            let status = try await stage.call("PUT", "/v1/document-types/note", schema).status
            #expect((200...299).contains(status))
            let answer = try await stage.tag("asked")
            #expect(answer.status == 200, "\(answer.json)")
            #expect(try await stage.read()["tags"] == ["asked"])
            let marks = try await stage.call("GET", "/v1/audit?kind=document.flagged").json["items"]?.arrayValue
            #expect(marks?.count == 1)
        }
    }

    @Test(.enabled(if: TLSServerIdentity.isAvailable))
    func timingsSayWhereTheTimeWent() async throws {
        var settings = try FailureTable.secured("none") { peer in
            guard peer.readRequest() != nil else { return }
            peer.pause(0.06)
            peer.send(FailureTable.head("content-length: \(FailureTable.good.utf8.count)\r\n"))
            peer.pause(0.06)
            peer.send(FailureTable.good)
        }
        settings.lookup = { _, _ in
            usleep(60_000)
            return .at("127.0.0.1")
        }
        // A machine that is busy with other tests resumes us late: that part of the total is nobody's.
        try await Measure.best(of: 8, atMost: 40) { [settings] in
            let unexplained = NIOLockedValueBox<Int?>(nil)
            try await Stage.run(settings) { stage in
                _ = try await stage.tag("asked")
                let exchange = try #require(try await stage.exchanges().first)
                #expect(exchange["outcome"] == "applied", "\(exchange)")
                let timings = exchange["timings"]?.objectValue ?? [:]
                func time(_ name: String) -> Int { timings[name]?.intValue ?? -1 }
                for name in ["dns", "plugin", "receive"] { #expect(time(name) >= 50_000, "\(name): \(timings)") }
                for name in ["connect", "tls", "validate", "apply"] { #expect(time(name) > 0, "\(name): \(timings)") }
                for name in ["match", "queue", "send"] { #expect(time(name) >= 0, "\(name): \(timings)") }
                let parts = ["queue", "dns", "connect", "tls", "send", "plugin", "receive", "validate"].map(time)
                let sum = parts.reduce(0, +)
                // Nothing is counted twice.
                #expect(sum <= time("total") + 5_000, "\(timings)")
                unexplained.withLockedValue { $0 = 100 - 100 * sum / max(1, time("total")) }
            }
            return unexplained.withLockedValue { $0 }
        }
    }
}
