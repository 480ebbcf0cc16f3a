import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// A dry run says what would be, and leaves nothing but exchanges.
@Suite(.timeLimit(.minutes(1)))
struct DryRunTests {
    private static let nothing: FakeTransport.Handler = { _ in .json(#"{"protocol": "1.0"}"#) }

    @Test func deniedDryRunLeavesTheExchangeAndNoEntry() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("judge", phase: .before, extra: ["sideEffects": "none"]) { _ in
                .json(#"{"protocol": "1.0", "verdict": {"allow": false, "reasons": [{"message": "no"}]}}"#)
            }
            let id = try await fixture.document().document.id
            let before = fixture.store.entries.count
            let code = await fixture.refusal(id, ["op": "document.setTitle", "title": "New"]) { $0.dryRun = true }
            #expect(code == .deniedByPlugin)
            #expect(fixture.store.entries.count == before)
            #expect(fixture.store.allExchanges.map(\.isDry) == [true])
            #expect(fixture.store.allExchanges.map(\.outcome) == [.refused])
        }
    }

    @Test func failureUnderFlagLeavesNoMark() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("broken", phase: .before, onFailure: .flag, extra: ["sideEffects": "none"]) { _ in
                .json("{")
            }
            let id = try await fixture.document().document.id
            let before = fixture.store.entries.count
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"]) { $0.dryRun = true }
            // The document as it would be, mark included.
            #expect(result.document.document.tags == ["needs-review"])
            #expect(fixture.store.entries.count == before)
            #expect(try await fixture.store.document(id)?.document.tags == [])
        }
    }

    @Test func stateIsNotKeptAndLaterPluginsAreNamed() async throws {
        try await Fixture().running { fixture in
            let pure = try await fixture.plugin("pure", phase: .before, extra: ["sideEffects": "none"]) { _ in
                .json(#"{"protocol": "1.0", "state": {"seen": true}}"#)
            }
            for number in 0..<25 { try await fixture.plugin("later\(number)", phase: .after, answer: Self.nothing) }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"]) { $0.dryRun = true }
            #expect(result.settled)
            #expect(try await fixture.store.pluginState(pure.id, id) == nil)
            let warning = try #require(result.warnings.last)
            #expect(warning.contains("later0"))
            #expect(warning.contains("and 5 more"))
            #expect(fixture.transport.requests.count == 1)
            // The lane was given back: the real change is asked about at once.
            let real = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(real.exchanges.filter { $0.pluginName == "pure" }.map(\.outcome) == [.nothing])
            #expect(real.document.document.revision == 2)
        }
    }

    @Test func dryCreationSpendsNeitherIdNorKey() async throws {
        try await Fixture().running { fixture in
            let id: DocumentID = IdentifierSource.system.next()
            let command = try fixture.command([
                "op": "document.create", "id": .string(id.description), "type": "note", "title": "T",
            ])
            var request = ChangeRequest(actor: fixture.admin, document: id, commands: [command])
            request.creates = true
            request.idempotency = .init(client: "c", key: "k", digest: [1])
            request.dryRun = true
            for _ in 0..<2 { #expect(try await fixture.change(request).document.document.revision == 1) }
            #expect(try await fixture.store.document(id) == nil)
            #expect(fixture.store.allExchanges.isEmpty)
            let renderings = Shared(0)
            func submit(_ request: ChangeRequest) async throws -> ChangeOutcome {
                try await fixture.host.submit(request) { _ in
                    renderings.change { $0 += 1 }
                    return (201, Array("{}".utf8))
                }
            }
            // The same key for the real change, though its body is another.
            request.dryRun = false
            request.idempotency = .init(client: "c", key: "k", digest: [2])
            guard case .changed = try await submit(request) else {
                Issue.record("the dry run spent the key")
                return
            }
            guard case .repeated = try await submit(request) else {
                Issue.record("the change did not spend the key")
                return
            }
            #expect(renderings.value == 1)
            // Nor does a dry run get the answer of a change.
            request.dryRun = true
            let again = request
            await #expect { _ = try await submit(again) } throws: { ($0 as? HostError)?.code == .nameTaken }
            _ = try await fixture.submit(id, ["op": "document.delete"])
            await #expect { _ = try await submit(again) } throws: { ($0 as? HostError)?.code == .nameTaken }
        }
    }

    @Test func dryDeletionKeepsTheDocument() async throws {
        try await Fixture().running { fixture in
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.delete"]) { $0.dryRun = true }
            #expect(result.isDeleted)
            #expect(result.mutations.map(\.command.op) == ["document.delete"])
            #expect(try await fixture.store.document(id) != nil)
        }
    }
}
