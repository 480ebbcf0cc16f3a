import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Every kind of failure under every policy, from a socket to the caller's answer and the ledger.
@Suite(.timeLimit(.minutes(5)))
struct FailureTableTests {
    @Test func everyKindHasOneRow() {
        #expect(FailureTable.rows.map { $0.kind } == FailureKind.allCases)
        for row in FailureTable.rows { #expect(!row.cases.isEmpty, "\(row.kind)") }
    }

    @Test(arguments: FailureTable.cells)
    func failureIsContained(_ cell: FailureCell) async throws {
        let failure = cell.failure
        var settings = try failure.settings()
        settings.phase = cell.phase
        settings.onFailure = cell.policy
        // The first failure that counts opens the breaker.
        settings.limits.breakerCalls = 1
        if failure.isLate { settings.timeoutMilliseconds = Self.shortTime }
        try await Stage.run(settings) { stage in
            try await failure.prepare(stage)
            let revision = try #require(try await stage.read()["revision"]?.intValue)
            let isDone = Flag()
            if let meanwhile = failure.meanwhile {
                stage.beside {
                    try await stage.until { !stage.server.requests.isEmpty }
                    try await meanwhile(stage)
                    isDone.set()
                }
            }
            let answer = try await stage.tag("asked")
            if failure.meanwhile != nil { try await stage.until { isDone.isSet } }

            try await Self.check(answer, cell, before: revision, stage)
            let exchange = try await Self.check(cell, stage)
            try await Self.checkLedger(exchange, cell, stage)
            #expect(stage.sightings(of: exchange) == (failure.isSeen ? 1 : 0), "\(stage.server.requests)")

            // Whatever is sent from now on is too late.
            let settled = try await stage.read()
            stage.server.openGate()
            if failure.isLate, failure.isSeen { try await stage.until { stage.server.isIdle } }
            if failure.meanwhile == nil { try await Self.checkBreaker(cell, stage) }
            let after = try await stage.read()
            #expect(!Self.bearsTheAnswer(after))
            #expect(after["title"] == settled["title"] && after["blocks"] == settled["blocks"])
        }
    }

    /// The time of a plugin that is to be late; long enough for a machine that is busy to connect within.
    private static let shortTime = 700

    /// What the caller is told.
    private static func check(_ answer: Stage.Answer, _ cell: FailureCell, before: Int, _ stage: Stage) async throws {
        let document = try await stage.read()
        let tags = (document["tags"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(!bearsTheAnswer(document), "\(document)")
        if cell.phase == .before, cell.policy == .reject {
            #expect(answer.status == 424, "\(answer.json)")
            #expect(answer.json["code"] == "plugin-failed")
            #expect(answer.json["plugin"] == "hostile")
            #expect(answer.json["refusal"]?["kind"] == .string(cell.row.kind.rawValue), "\(answer.json)")
            #expect(document["revision"]?.intValue == before)
            #expect(!tags.contains("asked"))
            return
        }
        #expect(answer.status == 200, "\(answer.json)")
        #expect(tags.contains("asked"))
        #expect(tags.contains("needs-review") == (cell.policy == .flag))
        if cell.phase == .before {
            // Whoever made the change learns that a plugin had no say in it.
            let warnings = answer.json["warnings"]?.arrayValue ?? []
            #expect(
                warnings.count == 1 && warnings[0].stringValue?.hasPrefix("hostile was skipped: ") == true,
                "\(warnings)"
            )
            #expect(document["revision"]?.intValue == before + 1)
        }
    }

    /// What the exchange says; returns its id.
    private static func check(_ cell: FailureCell, _ stage: Stage) async throws -> String {
        let list = try await stage.call("GET", "/v1/exchanges?document=\(stage.document)")
        let found = list.json["items"]?.arrayValue?.first { $0["refusal"]?["kind"] == .string(cell.row.kind.rawValue) }
        let id = try #require(found?["id"]?.stringValue, "\(list.json)")
        let exchange = try await stage.call("GET", "/v1/exchanges/\(id)").json
        #expect(exchange["outcome"] == .string(cell.row.outcome.rawValue), "\(exchange)")
        #expect(exchange["mutations"] == 0)
        #expect(exchange["refusal"]?["message"]?.stringValue?.isEmpty == false)
        if cell.failure.isLate {
            let total = exchange["timings"]?["total"]?.intValue ?? 0
            #expect(
                total >= (cell.row.kind == .dns ? 300 : shortTime) * 1_000 - 20_000,
                "\(exchange["timings"] ?? .null)"
            )
            #expect(total < shortTime * 1_000 + 5_000_000, "\(exchange["timings"] ?? .null)")
        }
        return id
    }

    /// What the audit trail has.
    private static func checkLedger(_ exchange: String, _ cell: FailureCell, _ stage: Stage) async throws {
        let all =
            try await stage.call("GET", "/v1/audit?document=\(stage.document)&limit=500").json["items"]?.arrayValue
            ?? []
        let kinds = all.filter { $0["exchange"] == .string(exchange) }.compactMap { $0["kind"]?.stringValue }
        var expected: [String] = ["exchange.\(cell.row.outcome.rawValue)"]
        if cell.phase == .before, cell.policy == .reject { expected.append("change.rejected") }
        if cell.policy == .flag { expected += ["document.flagged", "mutation"] }
        #expect(kinds.sorted() == expected.sorted())
        let refused = all.first {
            $0["exchange"] == .string(exchange) && $0["kind"]?.stringValue?.hasPrefix("exchange.") == true
        }
        #expect(refused?["detail"]?["kind"] == .string(cell.row.kind.rawValue), "\(refused ?? .null)")
        // The only thing done in the exchange's name is the host's own mark.
        for item in all where item["kind"] == "mutation" {
            #expect(item["actor"]?["type"] != "plugin", "\(item)")
        }
    }

    /// Whether the plugin is asked again.
    private static func checkBreaker(_ cell: FailureCell, _ stage: Stage) async throws {
        let seen = stage.server.requests.count
        _ = try await stage.tag("asked again")
        let list = try await stage.call("GET", "/v1/exchanges?document=\(stage.document)&limit=1")
        let kind = list.json["items"]?.arrayValue?.first?["refusal"]?["kind"]
        let isCounted = cell.failure.isCounted ?? cell.row.kind.countsForBreaker
        if isCounted {
            #expect(kind == "breaker-open", "\(list.json)")
            #expect(stage.server.requests.count == seen)
        } else if cell.row.kind == .overloaded || cell.row.kind == .budgetSpent {
            // The plugin recovered when the gate opened.
            #expect(kind == nil || kind == .null || kind == .string(cell.row.kind.rawValue), "\(list.json)")
        } else {
            #expect(kind == .string(cell.row.kind.rawValue), "\(list.json)")
        }
    }

    /// Whether anything of what the plugin wanted is there.
    private static func bearsTheAnswer(_ document: JSON) -> Bool {
        (document["tags"]?.arrayValue ?? []).contains { $0.stringValue?.hasPrefix("from-plugin") == true }
            || document["title"] != "Title"
    }
}

extension FailureCell: CustomTestStringConvertible {
    var testDescription: String { "\(row.kind.rawValue), \(policy.rawValue), \(phase.rawValue): \(failure.name)" }
}
