import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Chains of reactions end, and say why.
@Suite(.timeLimit(.minutes(1)))
struct LoopTests {
    @Test func pluginsThatUndoEachOthersChangesAreStoppedAndNamed() async throws {
        try await Fixture().running { fixture in
            for (name, value) in [("ayes", "a"), ("bees", "b")] {
                try await fixture.plugin(name, phase: .after) { _ in
                    .json(
                        #"{"protocol": "1.0", "commands": [{"op": "property.set", "pointer": "/x", "value": "\#(value)"}]}"#
                    )
                }
            }
            try await fixture.plugin("watcher", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.settled)
            let skipped = fixture.store.allExchanges.filter { $0.outcome == .skipped }
            #expect(!skipped.isEmpty)
            #expect(skipped.allSatisfy { $0.refusal?.rule == "oscillation" })
            #expect(skipped.allSatisfy { $0.refusal?.pointer?.description == "/properties/x" })
            #expect(Set(skipped.map(\.pluginName)).isSubset(of: ["ayes", "bees"]))
            let entries = fixture.store.entries.filter { $0.entry.kind == .exchangeSkipped }
            #expect(entries.count == skipped.count)
            for entry in entries {
                let payload = try JSON(parsing: entry.entry.payload)
                #expect(Set(payload["actual"]?.arrayValue ?? []) == ["ayes", "bees"])
            }
            let hops = fixture.transport.requests.compactMap {
                try? JSON(parsing: $0.body)["events"]?[0]?["hop"]?.intValue
            }
            #expect((hops.max() ?? 0) < 6)
            // Whoever is no part of it heard of the last change too.
            let revision = try #require(try await fixture.store.document(id)).document.revision
            let seen = fixture.transport.bodies("http://watcher.test/hook").flatMap { $0["events"]?.arrayValue ?? [] }
            #expect(seen.last?["data"]?["revision"]?.intValue == revision)
        }
    }

    /// Both write, each somewhere else: no oscillation, although they answer each other.
    @Test func pluginsThatAnswerEachOtherElsewhereGoOnToTheHopLimit() async throws {
        try await Fixture().running { fixture in
            let count = Shared(0)
            for name in ["ayes", "bees"] {
                try await fixture.plugin(name, phase: .after) { _ in
                    let next = count.change { count in
                        count += 1
                        return count
                    }
                    let command = #"{"op": "property.set", "pointer": "/\#(name)\#(next)", "value": 1}"#
                    return .json(#"{"protocol": "1.0", "commands": [\#(command)]}"#)
                }
            }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            let skipped = fixture.store.allExchanges.filter { $0.outcome == .skipped }
            #expect(!skipped.isEmpty)
            #expect(skipped.allSatisfy { $0.refusal?.rule == "hops" })
        }
    }

    @Test func callsWithoutTheHeaderEndWithTheDocumentsBudget() async throws {
        var limits = Limits()
        limits.reactionsPerDocument = 5
        try await Fixture(limits: limits).running { fixture in
            let count = Shared(0)
            let isCalling = Shared(true)
            try await fixture.plugin("caller", phase: .after) { request in
                let id = try #require(
                    DocumentID(parsing: try JSON(parsing: request.body)["document"]?["id"]?.stringValue ?? "")
                )
                let number = count.change { count in
                    count += 1
                    return count
                }
                if isCalling.value {
                    _ = try await fixture.submit(id, ["op": "tag.add", "tag": .string("t\(number)")]) {
                        $0.wait = .committed
                    }
                }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.settled)
            while !fixture.store.allExchanges.contains(where: { $0.outcome == .skipped }) {
                try await Task.sleep(for: .milliseconds(1))
            }
            while fixture.store.allExchanges.contains(where: { $0.outcome == nil }) {
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(count.value == 6)
            let skipped = try #require(fixture.store.allExchanges.last { $0.outcome == .skipped })
            #expect(skipped.refusal?.rule == "reactionsPerDocument")
            #expect(fixture.store.entries.contains { $0.entry.kind == .exchangeSkipped })
            // A pause, and all is as before.
            isCalling.change { $0 = false }
            let next = try await fixture.submit(id, ["op": "document.setTitle", "title": "Later"])
            #expect(next.exchanges.map(\.outcome) == [.nothing])
        }
    }

    @Test func programThatAnswersLaterEndsWithTheDocumentsBudgetToo() async throws {
        var limits = Limits()
        limits.reactionsPerDocument = 5
        try await Fixture(limits: limits).running { fixture in
            try await fixture.plugin("webhook", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let program = Actor(kind: .client, id: "cli_1")
            let id = try await fixture.document().document.id
            var outcomes: [ExchangeRecord.Outcome?] = []
            for number in 0..<8 {
                var request = ChangeRequest(
                    actor: program,
                    document: id,
                    commands: [try fixture.command(["op": "tag.add", "tag": .string("t\(number)")])]
                )
                request.wait = .settled
                _ = try await fixture.change(request)
                outcomes.append(fixture.store.allExchanges.last?.outcome)
            }
            #expect(outcomes == Array(repeating: .nothing, count: 5) + Array(repeating: .skipped, count: 3))
            // A person may work as quickly as they like.
            for number in 0..<8 {
                let result = try await fixture.submit(id, ["op": "tag.add", "tag": .string("p\(number)")])
                #expect(result.exchanges.map(\.outcome) == [.nothing])
            }
        }
    }

    @Test func pluginsOwnCallIsItsOwnAlsoWithoutTheHeader() async throws {
        try await Fixture().running { fixture in
            let plugin = Shared<Plugin?>(nil)
            let registered = try await fixture.plugin("caller", phase: .after) { request in
                let body = try JSON(parsing: request.body)
                let id = try #require(DocumentID(parsing: body["document"]?["id"]?.stringValue ?? ""))
                let actor = try #require(plugin.value).actor
                let command = try fixture.command(["op": "tag.add", "tag": "called"])
                _ = try await fixture.change(ChangeRequest(actor: actor, document: id, commands: [command]))
                return .json(#"{"protocol": "1.0"}"#)
            }
            plugin.change { $0 = registered }
            try await fixture.plugin("watcher", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(fixture.transport.bodies("http://caller.test/hook").count == 1)
            while fixture.store.allExchanges.contains(where: { $0.outcome == nil }) {
                try await Task.sleep(for: .milliseconds(1))
            }
            let hops = fixture.transport.bodies("http://watcher.test/hook").flatMap { body in
                (body["events"]?.arrayValue ?? []).compactMap { $0["hop"]?.intValue }
            }
            #expect(hops == [0, 1])
        }
    }
}
