import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ChangeServiceTests {
    @Test func expectedRevisionThatIsNotTheLatestIsRefused() async throws {
        try await Fixture().running { fixture in
            let id = try await fixture.document().document.id
            do {
                _ = try await fixture.submit(id, ["op": "tag.add", "tag": "a"]) { $0.expectRevision = 7 }
                Issue.record("not refused")
            } catch let error as HostError {
                #expect(error.code == .revisionMismatch)
                #expect(error.currentRevision == 1)
                #expect(error.actual == 1)
                #expect(error.limit == 7)
            }
        }
    }

    @Test func positionsMoveForwardFromTheBaseRevision() async throws {
        try await Fixture().running { fixture in
            let document = try await fixture.document("Hello world").document
            let target: JSON = ["block": .string(document.blocks[0].id.description)]
            _ = try await fixture.submit(
                document.id,
                ["op": "text.insert", "target": target, "start": 0, "text": "Oh! "]
            )
            let result = try await fixture.submit(
                document.id,
                ["op": "text.replace", "target": target, "start": 6, "end": 11, "text": "there"]
            ) { $0.baseRevision = 1 }
            #expect(result.document.document.blocks[0].text == "Oh! Hello there")
        }
    }

    @Test func textThatIsGoneIsAConflictAndNothingIsApplied() async throws {
        try await Fixture().running { fixture in
            let document = try await fixture.document("Hello world").document
            let target: JSON = ["block": .string(document.blocks[0].id.description)]
            _ = try await fixture.submit(document.id, ["op": "text.delete", "target": target, "start": 5, "end": 11])
            do {
                _ = try await fixture.submit(
                    document.id,
                    ["op": "text.replace", "target": target, "start": 6, "end": 11, "text": "there"]
                ) { $0.baseRevision = 1 }
                Issue.record("not refused")
            } catch let error as HostError {
                #expect(error.code == .conflict)
                #expect(error.commandIndex == 0)
                #expect(error.currentRevision == 2)
            }
        }
    }

    @Test func baseRevisionOfTheFutureIsRefused() async throws {
        try await Fixture().running { fixture in
            let id = try await fixture.document().document.id
            await #expect {
                _ = try await fixture.submit(id, ["op": "tag.add", "tag": "a"]) { $0.baseRevision = 9 }
            } throws: { ($0 as? HostError)?.code == .invalidParameter }
        }
    }

    @Test func commandsThatChangeNothingMakeNoRevision() async throws {
        try await Fixture().running { fixture in
            let id = try await fixture.document().document.id
            let entries = fixture.store.entries.count
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "Title"])
            #expect(result.mutations.isEmpty)
            #expect(result.document.document.revision == 1)
            #expect(fixture.store.entries.count == entries)
        }
    }

    @Test func laterCommandThatDoesNotApplyUndoesTheEarlierOnes() async throws {
        try await Fixture().running { fixture in
            let id = try await fixture.document().document.id
            await #expect {
                _ = try await fixture.submit(
                    id,
                    ["op": "tag.add", "tag": "a"],
                    ["op": "block.delete", "target": ["find": ["text": "nowhere"]]]
                )
            } throws: { error in
                guard let error = error as? HostError else { return false }
                return error.code == .doesNotApply && error.commandIndex == 1
            }
            #expect(try await fixture.store.document(id)?.document.tags == [])
        }
    }

    @Test func repeatedKeyGivesTheFirstAnswerAndChangesNothing() async throws {
        try await Fixture().running { fixture in
            let id = try await fixture.document().document.id
            var request = ChangeRequest(
                actor: fixture.admin,
                document: id,
                commands: [try fixture.command(["op": "tag.add", "tag": "a"])]
            )
            request.idempotency = .init(client: "administrator", key: "k1", digest: [1])
            let render: @Sendable (ChangeResult) -> (status: Int, body: [UInt8]) = { result in
                (200, Array("revision \(result.document.document.revision)".utf8))
            }
            guard case .changed = try await fixture.host.submit(request, render: render) else {
                Issue.record("the first was no change")
                return
            }
            guard case .repeated(let answer) = try await fixture.host.submit(request, render: render) else {
                Issue.record("the second was no repeat")
                return
            }
            #expect(answer.body == Array("revision 2".utf8))
            request.idempotency?.digest = [2]
            await #expect {
                _ = try await fixture.host.submit(request, render: render)
            } throws: { ($0 as? HostError)?.code == .idempotencyKeyReused }
        }
    }

    @Test func documentMustSatisfyTheSchemaOfItsType() async throws {
        try await Fixture().running { fixture in
            let schema: JSON = ["properties": ["title": ["minLength": 3]]]
            try await fixture.host.setDocumentType(DocumentType(name: "note", schema: schema), actor: fixture.admin)
            let id = try await fixture.document().document.id
            do {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "ab"])
                Issue.record("not refused")
            } catch let error as HostError {
                #expect(error.code == .documentTypeViolated)
                #expect(error.violations.first?.instance.description == "/title")
                #expect(error.violations.first?.keyword == "minLength")
            }
            try await fixture.plugin("shortener", phase: .after, scopes: ["documents:write"]) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "document.setTitle", "title": "x"}]}"#)
            }
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "long enough"])
            #expect(result.exchanges.first?.refusal?.kind == .documentTypeViolated)
            #expect(result.document.document.title == "long enough")
        }
    }

    @Test func documentThatIsNotThereIsNotFound() async throws {
        try await Fixture().running { fixture in
            await #expect {
                _ = try await fixture.submit(IdentifierSource.system.next(), ["op": "tag.add", "tag": "a"])
            } throws: { ($0 as? HostError)?.code == .notFound }
        }
    }
}
