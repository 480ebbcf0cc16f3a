import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// A good answer to a change that was not made, or was made otherwise, is not called applied.
@Suite(.timeLimit(.minutes(1)))
struct DiscardedAnswerTests {
    /// A plugin that adds its exchange's id as a tag.
    private func marker(_ fixture: Fixture) async throws {
        try await fixture.plugin("marker", phase: .before, order: 1) { request in
            let exchange = try JSON(parsing: request.body)["exchange"]?.stringValue ?? ""
            return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "\#(exchange)"}]}"#)
        }
    }

    /// The marker's exchanges, oldest first.
    private func marks(_ fixture: Fixture) -> [ExchangeRecord] {
        fixture.store.allExchanges.filter { $0.pluginName == "marker" }
    }

    @Test func answerToAChangeThatIsRefusedChangedNothing() async throws {
        try await Fixture().running { fixture in
            try await marker(fixture)
            try await fixture.plugin("strict", phase: .before, order: 2) { _ in
                .json(#"{"protocol": "1.0", "verdict": {"allow": false, "reasons": [{"message": "no"}]}}"#)
            }
            let id = try await fixture.document().document.id
            let code = await fixture.refusal(id, ["op": "document.setTitle", "title": "New"])
            #expect(code == .deniedByPlugin)
            let mark = try #require(marks(fixture).first)
            #expect(mark.outcome == .nothing)
            #expect(mark.mutations == 0)
            #expect(mark.warnings == ["its commands were not applied: the change was not made"])
        }
    }

    @Test func markOnAChangeThatIsRefusedIsNotInTheTrail() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("failing", phase: .before, order: 1, onFailure: .flag) { _ in
                WebhookReply(status: 503, contentType: nil, body: [])
            }
            let denies = Shared(true)
            try await fixture.plugin("strict", phase: .before, order: 2) { _ in
                .json(#"{"protocol": "1.0", "verdict": {"allow": \#(!denies.value), "reasons": []}}"#)
            }
            let id = try await fixture.document().document.id
            let title: JSON = ["op": "document.setTitle", "title": "New"]
            #expect(await fixture.refusal(id, title) == .deniedByPlugin)
            let kinds = fixture.store.entries.map(\.entry.kind)
            #expect(kinds.contains(.exchangeFailed) && kinds.contains(.changeDenied))
            #expect(!kinds.contains(.documentFlagged))
            denies.change { $0 = false }
            _ = try await fixture.submit(id, title)
            #expect(fixture.store.entries.count { $0.entry.kind == .documentFlagged } == 1)
        }
    }

    @Test func answerToAChainThatRanAgainChangedNothing() async throws {
        try await Fixture().running { fixture in
            try await marker(fixture)
            let isFirst = Shared(true)
            try await fixture.plugin("judge", phase: .before, order: 2, extra: ["writes": []]) { request in
                let body = try JSON(parsing: request.body)
                let id = try #require(DocumentID(parsing: body["document"]?["id"]?.stringValue ?? ""))
                let exchange = try #require(ExchangeID(parsing: body["exchange"]?.stringValue ?? ""))
                let moves = isFirst.change { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                if moves {
                    _ = try await fixture.submit(id, ["op": "tag.add", "tag": "meanwhile"]) { $0.exchange = exchange }
                }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            let marks = marks(fixture)
            // The first run, the change that came between, the second run.
            #expect(marks.map(\.outcome) == [.nothing, .applied, .applied])
            #expect(marks.map(\.mutations) == [0, 1, 1])
            #expect(marks[0].warnings.count == 1)
            let applied = marks.filter { $0.outcome == .applied }.map(\.id.description)
            #expect(Set(result.document.document.tags) == Set(applied + ["meanwhile"]))
        }
    }

    @Test func answerThatSomeoneElseGaveMeanwhileChangedNothing() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("tagger", phase: .before) { request in
                let body = try JSON(parsing: request.body)
                let id = try #require(DocumentID(parsing: body["document"]?["id"]?.stringValue ?? ""))
                let exchange = try #require(ExchangeID(parsing: body["exchange"]?.stringValue ?? ""))
                _ = try await fixture.submit(id, ["op": "tag.add", "tag": "same"]) { $0.exchange = exchange }
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "same"}]}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.tags == ["same"])
            #expect(result.exchanges.map(\.outcome) == [.nothing])
            #expect(result.exchanges.map(\.mutations) == [0])
        }
    }
}
