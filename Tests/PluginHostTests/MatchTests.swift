import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Why plugins were asked or not: one decision for each subscription, also long after.
@Suite(.timeLimit(.minutes(1)))
struct MatchTests {
    private static let nothing: FakeTransport.Handler = { _ in .json(#"{"protocol": "1.0"}"#) }

    /// The decisions about an event, as `plugin:decision:reason`.
    private func decisions(
        _ fixture: Fixture,
        _ event: EventID,
        _ configure: (inout MatchQuery) -> Void = { _ in }
    ) async throws -> Set<String> {
        var query = MatchQuery()
        query.event = event
        configure(&query)
        let page = try await fixture.host.matches.list(query, page: PageRequest(limit: 1000))
        #expect(page.nextCursor == nil)
        return Set(page.items.map { "\($0.pluginName ?? "-"):\($0.decision.rawValue):\($0.reason.rawValue)" })
    }

    /// The event of a document's latest revision.
    private func lastEvent(_ fixture: Fixture) throws -> EventID {
        try #require(fixture.store.entries.last { $0.entry.kind == .mutation }?.entry.event)
    }

    private func patch(_ manifest: JSON, _ change: (inout JSONObject) -> Void) -> JSON {
        guard case .object(var members) = manifest else { return manifest }
        change(&members)
        return .object(members)
    }

    /// One plugin for each reason that lies in the subscription, all at once.
    @Test func eachReasonIsTold() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("asked", phase: .after, answer: Self.nothing)
            try await fixture.plugin("comments", phase: .after, events: ["comment.added"], answer: Self.nothing)
            try await fixture.plugin(
                "letters",
                phase: .after,
                extra: ["match": ["types": ["letter"]]],
                answer: Self.nothing
            )
            try await fixture.plugin(
                "urgent",
                phase: .after,
                extra: ["match": ["tags": ["urgent"]]],
                answer: Self.nothing
            )
            try await fixture.plugin(
                "money",
                phase: .after,
                extra: ["match": ["text": "[0-9]+ EUR"]],
                answer: Self.nothing
            )
            try await fixture.plugin("hello", phase: .after, extra: ["match": ["text": "Hel+o"]], answer: Self.nothing)
            let idle = try await fixture.plugin("idle", phase: .after, answer: Self.nothing)
            _ = try await fixture.host.plugins.disable(idle.id, actor: fixture.admin)
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            let expected: Set<String> = [
                "asked:asked:matched", "comments:not-matched:event", "letters:not-matched:document-type",
                "urgent:not-matched:tags", "money:not-matched:text", "hello:asked:matched", "idle:not-matched:state",
            ]
            #expect(try await decisions(fixture, lastEvent(fixture)) == expected)
        }
    }

    /// What is told of an old event does not change with the plugins, nor with the document.
    @Test func oldEventIsExplainedByWhatWasThen() async throws {
        try await Fixture().running { fixture in
            let changed = try await fixture.plugin(
                "changed",
                phase: .after,
                extra: ["match": ["tags": ["draft"], "text": "wrold"]],
                answer: Self.nothing
            )
            let deleted = try await fixture.plugin("deleted", phase: .after, answer: Self.nothing)
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "tag.add", "tag": "draft"])
            let event = try lastEvent(fixture)
            let before = try await decisions(fixture, event)
            #expect(before == ["changed:asked:matched", "deleted:asked:matched"])
            _ = try await fixture.submit(id, ["op": "tag.remove", "tag": "draft"])
            let untagged = try lastEvent(fixture)
            #expect(try await decisions(fixture, untagged) == ["changed:not-matched:tags", "deleted:asked:matched"])
            var change = PluginPatch()
            change.name = "renamed"
            change.manifest = patch(changed.manifest.json) {
                $0["subscriptions"] = [["events": ["comment.added"], "phase": "after"]]
            }
            _ = try await fixture.host.plugins.update(changed.id, change, actor: fixture.admin)
            try await fixture.host.plugins.delete(deleted.id, actor: fixture.admin)
            let late = try await fixture.plugin("late", phase: .after, answer: Self.nothing)
            _ = try await fixture.submit(id, ["op": "tag.add", "tag": "last"])
            let last = try lastEvent(fixture)
            _ = try await fixture.submit(id, ["op": "document.delete"])
            #expect(try await decisions(fixture, event) == before)
            #expect(try await decisions(fixture, untagged) == ["changed:not-matched:tags", "deleted:asked:matched"])
            #expect(try await decisions(fixture, last) == ["renamed:not-matched:event", "late:asked:matched"])
            #expect(try await decisions(fixture, event) { $0.plugin = late.id } == ["-:not-matched:not-registered"])
            #expect(try await decisions(fixture, last) { $0.plugin = deleted.id } == ["-:not-matched:not-registered"])
        }
    }

    @Test func echoAndReactionsAreTold() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("writer", phase: .after) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "written"}]}"#)
            }
            try await fixture.plugin("guard", phase: .before, answer: Self.nothing)
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            let first = try #require(fixture.store.entries.first { $0.entry.op == "document.setTitle" }?.entry.event)
            #expect(try await decisions(fixture, first) == ["writer:asked:matched", "guard:asked:matched"])
            let answer = try lastEvent(fixture)
            #expect(try await decisions(fixture, answer) == ["writer:not-matched:echo", "guard:not-matched:reaction"])
        }
    }

    @Test func whatWaitsAndWhatIsAskedTogetherIsTold() async throws {
        try await Fixture().running { fixture in
            let gate = Shared(false)
            try await fixture.plugin("slow", phase: .after) { _ in
                while !gate.value { try await Task.sleep(for: .milliseconds(1)) }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            var events: [EventID] = []
            for title in ["a", "b", "c"] {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)]) {
                    $0.wait = .committed
                }
                events.append(try lastEvent(fixture))
            }
            #expect(try await decisions(fixture, events[0]) == ["slow:asked:matched"])
            #expect(try await decisions(fixture, events[2]) == ["slow:waiting:matched"])
            gate.change { $0 = true }
            while fixture.store.allExchanges.count < 2
                || fixture.store.allExchanges.contains(where: { $0.outcome == nil })
            {
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(try await decisions(fixture, events[1]) == ["slow:asked:coalesced"])
            #expect(try await decisions(fixture, events[2]) == ["slow:asked:coalesced"])
        }
    }

    @Test func refusedChangeIsExplainedByItsEvent() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("judge", phase: .before, order: 1) { _ in
                .json(#"{"protocol": "1.0", "verdict": {"allow": false, "reasons": [{"message": "no"}]}}"#)
            }
            try await fixture.plugin("next", phase: .before, order: 2, answer: Self.nothing)
            try await fixture.plugin(
                "urgent",
                phase: .before,
                extra: ["match": ["tags": ["urgent"]]],
                answer: Self.nothing
            )
            try await fixture.plugin("later", phase: .after, answer: Self.nothing)
            let id = try await fixture.document().document.id
            let code = await fixture.refusal(id, ["op": "document.setTitle", "title": "New"])
            #expect(code == .deniedByPlugin)
            let event = try #require(fixture.store.allExchanges.last?.events.first?.id)
            let expected: Set<String> = [
                "judge:asked:matched", "next:skipped:change-refused", "urgent:not-matched:tags",
                "later:not-matched:change-refused",
            ]
            #expect(try await decisions(fixture, event) == expected)
        }
    }

    @Test func eventKeepsItsIdThroughBothPhasesAndForAllPlugins() async throws {
        try await Fixture().running { fixture in
            let events = ["document.changed", "block.created"]
            try await fixture.plugin("first", phase: .before, events: events, answer: Self.nothing)
            try await fixture.plugin("second", phase: .after, events: events, answer: Self.nothing)
            try await fixture.plugin("third", phase: .after, events: ["block.created"], answer: Self.nothing)
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "block.insert", "block": ["type": "paragraph", "text": "more"]])
            // Making the document was shown to all three already.
            let ids = fixture.store.allExchanges.dropFirst(3).map { $0.events.map(\.id) }
            try #require(ids.map(\.count) == [2, 2, 1])
            #expect(ids[0] == ids[1])
            #expect(ids[2] == [ids[0][1]])
            #expect(try ids[0][0] == lastEvent(fixture))
            let whole: Set<String> = ["first:asked:matched", "second:asked:matched", "third:asked:matched"]
            #expect(try await decisions(fixture, ids[0][0]) == whole)
            #expect(try await decisions(fixture, ids[0][1]) == whole)
        }
    }

    @Test func pagesLeadThroughAllDecisionsAndNewChangesDoNotDisturbThem() async throws {
        try await Fixture().running { fixture in
            for number in 0..<7 { try await fixture.plugin("p\(number)", phase: .after, answer: Self.nothing) }
            let id = try await fixture.document().document.id
            for title in ["a", "b"] {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)])
            }
            var query = MatchQuery()
            query.document = id
            let whole = try await fixture.host.matches.list(query, page: PageRequest(limit: 1000))
            #expect(whole.items.count == 21)
            #expect(
                whole.items.map(\.revision) == Array(repeating: 3, count: 7) + Array(repeating: 2, count: 7)
                    + Array(repeating: 1, count: 7)
            )
            for limit in [1, 3, 7, 20, 21] {
                var items: [MatchDecision] = []
                var cursor: String?
                repeat {
                    let page = try await fixture.host.matches.list(
                        query,
                        page: PageRequest(cursor: cursor, limit: limit)
                    )
                    #expect(page.items.count <= limit)
                    items += page.items
                    cursor = page.nextCursor
                } while cursor != nil
                #expect(items == whole.items, "\(limit)")
            }
            for cursor in ["", "1.2", "...x", ".evt_1.plg_1.0", "...-1"] {
                await #expect(throws: HostError.self, "\(cursor)") {
                    _ = try await fixture.host.matches.list(query, page: PageRequest(cursor: cursor, limit: 1))
                }
            }
            await #expect(throws: HostError.self) {
                _ = try await fixture.host.matches.list(MatchQuery(), page: PageRequest())
            }
        }
    }

    @Test func unknownEventIsNotFound() async throws {
        try await Fixture().running { fixture in
            var query = MatchQuery()
            query.event = IdentifierSource.system.next()
            do {
                _ = try await fixture.host.matches.list(query, page: PageRequest())
                Issue.record("an event that never was is explained")
            } catch {
                #expect((error as? HostError)?.code == .notFound)
            }
        }
    }
}
