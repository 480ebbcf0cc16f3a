import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ChainOrderTests {
    private func names(_ fixture: Fixture) async throws -> [String] {
        let id = try await fixture.document().document.id
        let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
        return result.exchanges.map(\.pluginName)
    }

    private func plugin(_ fixture: Fixture, _ name: String, order: Int = 100, _ extra: JSONObject = [:]) async throws {
        try await fixture.plugin(name, phase: .before, order: order, extra: extra) { _ in .json(#"{"protocol": "1.0"}"#)
        }
    }

    @Test func constraintsGoBeforeNumbersAndJudgesComeLast() async throws {
        try await Fixture().running { fixture in
            try await plugin(fixture, "judge", order: 1, ["writes": []])
            try await plugin(fixture, "d", order: 2, ["runsAfter": ["b", "nobody"]])
            try await plugin(fixture, "c", order: 3)
            try await plugin(fixture, "b", order: 4, ["runsAfter": ["a"]])
            try await plugin(fixture, "a", order: 5)
            try await plugin(fixture, "first", order: 900, ["runsBefore": ["c", "a"]])
            #expect(try await names(fixture) == ["first", "c", "a", "b", "d", "judge"])
        }
    }

    @Test func circleIsRefusedAtRegistrationAndNamesAll() async throws {
        try await Fixture().running { fixture in
            try await plugin(fixture, "a", ["runsAfter": ["c"]])
            try await plugin(fixture, "b", ["runsAfter": ["a"]])
            do {
                try await plugin(fixture, "c", ["runsAfter": ["b"]])
                Issue.record("registered")
            } catch let error as HostError {
                #expect(error.code == .schemaViolation)
                #expect(error.rule == "order")
                #expect(error.pointer?.description == "/manifest/subscriptions/0")
                #expect(error.actual == ["c", "a", "b", "c"])
            }
            #expect(fixture.host.plugins.list().map(\.name) == ["a", "b"])
            // About other events there is no circle.
            try await fixture.plugin("c", phase: .before, events: ["comment.added"], extra: ["runsAfter": ["b"]]) { _ in
                .json(#"{"protocol": "1.0"}"#)
            }
        }
    }

    @Test func circleIsRefusedWhenAManifestOrANameChanges() async throws {
        try await Fixture().running { fixture in
            try await plugin(fixture, "a", ["runsBefore": ["b"]])
            try await plugin(fixture, "c", ["runsBefore": ["a"]])
            let last = try #require(fixture.host.plugins.list().last)
            var patch = PluginPatch()
            patch.name = "b"
            await #expect {
                _ = try await fixture.host.plugins.update(last.id, patch, actor: fixture.admin)
            } throws: { ($0 as? HostError)?.rule == "order" }
            #expect(try fixture.host.plugins.get(last.id).name == "c")
        }
    }

    @Test func judgeCannotBeAskedBeforeThoseWhoMayChange() async throws {
        try await Fixture().running { fixture in
            try await plugin(fixture, "judge", ["writes": []])
            do {
                try await plugin(fixture, "later", ["runsAfter": ["judge"]])
                Issue.record("registered")
            } catch let error as HostError {
                #expect(error.rule == "order")
                #expect(error.message.contains("judges"))
            }
            try await plugin(fixture, "second", ["writes": [], "runsBefore": ["judge"]])
            #expect(try await names(fixture) == ["second", "judge"])
        }
    }

    @Test func planShowsOrderGroupsConflictsAndTheWorstCase() async throws {
        try await Fixture().running { fixture in
            try await plugin(fixture, "titles", order: 1, ["writes": ["/title"], "timeoutMilliseconds": 2000])
            try await plugin(fixture, "texts", order: 2, ["writes": ["/blocks/text"], "timeoutMilliseconds": 1000])
            try await plugin(fixture, "blocks", order: 3, ["writes": ["/blocks"], "timeoutMilliseconds": 1000])
            try await plugin(fixture, "judge1", order: 4, ["writes": [], "timeoutMilliseconds": 300])
            try await plugin(fixture, "judge2", order: 5, ["writes": [], "timeoutMilliseconds": 700])
            try await plugin(fixture, "others", order: 6, ["match": ["types": ["letter"]]])
            let plan = fixture.host.plugins.plan(.documentChanged, documentType: "note")
            #expect(plan.groups.map { $0.map(\.name) } == [["titles"], ["texts"], ["blocks"], ["judge1", "judge2"]])
            #expect(plan.conflicts.map(\.plugins) == [["texts", "blocks"]])
            #expect(plan.conflicts.first?.pointer.description == "/blocks/text")
            #expect(plan.worstCase == .milliseconds(4700))
            #expect(plan.warning == nil)
            let letters = fixture.host.plugins.plan(.documentChanged, documentType: "letter")
            #expect(letters.worstCase == .milliseconds(6700))
            #expect(letters.warning?.contains("6700 ms") == true)
            // What is not declared ends with the grants, which do not name the title.
            let pairs = [["texts", "blocks"], ["texts", "others"], ["blocks", "others"]]
            #expect(letters.conflicts.map(\.plugins) == pairs)
            var writer = JSONWriter()
            plan.write(into: &writer)
            let json = try JSON(parsing: writer.bytes)
            #expect(json["groups"]?[3]?[1]?["judge"] == true)
            #expect(json["worstCaseMilliseconds"] == 4700)
            #expect(fixture.host.plugins.plan(.commentAdded, documentType: "note").groups.isEmpty)
        }
    }

    @Test func grantsBoundWhatIsNotDeclared() async throws {
        try await Fixture().running { fixture in
            let scopes = [["tags:write"], ["comments:write"], [], ["tags:write", "documents:delete"]]
            for (number, scopes) in scopes.enumerated() {
                try await fixture.plugin("p\(number)", phase: .before, order: number, scopes: scopes) { _ in
                    .json(#"{"protocol": "1.0"}"#)
                }
            }
            let conflicts = fixture.host.plugins.plan(.documentChanged).conflicts
            #expect(conflicts.map(\.plugins) == [["p0", "p3"], ["p1", "p3"]])
            #expect(conflicts.map(\.pointer.description) == ["/tags", "/comments"])
        }
    }

    @Test func whatOneJudgeJudgesTwiceTakesTwiceTheTime() async throws {
        try await Fixture().running { fixture in
            let second: JSON = [
                "events": ["document.changed"], "phase": "before", "writes": [], "timeoutMilliseconds": 2000,
            ]
            try await fixture.plugin("twice", phase: .before, extra: ["writes": []], more: [second]) { _ in
                .json(#"{"protocol": "1.0"}"#)
            }
            try await plugin(fixture, "once", ["writes": [], "timeoutMilliseconds": 3000])
            #expect(fixture.host.plugins.plan(.documentChanged).worstCase == .milliseconds(4000))
        }
    }
}
