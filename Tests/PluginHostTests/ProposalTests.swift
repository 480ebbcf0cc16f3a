import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Proposals made of answers that could not follow the document.
@Suite(.timeLimit(.minutes(1)))
struct ProposalTests {
    /// A document whose only paragraph a plugin wants to correct, and a person rewrites while it thinks.
    private func conflicting(_ fixture: Fixture, onConflict: String?) async throws -> (Document, ExchangeRecord) {
        let asked = Shared(false)
        let goOn = Shared(false)
        let extra: JSONObject = onConflict.map { ["onConflict": .string($0)] } ?? [:]
        try await fixture.plugin("fixer", phase: .after, extra: extra) { request in
            guard !asked.value else { return .json(#"{"protocol": "1.0"}"#) }
            asked.change { $0 = true }
            while !goOn.value { try await Task.sleep(for: .milliseconds(2)) }
            let block = try JSON(parsing: request.body)["document"]?["blocks"]?[0]?["id"]?.stringValue ?? ""
            return .json(
                #"{"protocol": "1.0", "commands": [{"op": "text.replace", "target": {"block": "\#(block)"}, "#
                    + #""start": 6, "end": 11, "text": "world"}]}"#
            )
        }
        let document = try await fixture.document("Hello wrold").document
        let block = document.blocks[0].id.description
        async let first = fixture.submit(document.id, ["op": "document.setTitle", "title": "New"])
        while !asked.value { try await Task.sleep(for: .milliseconds(2)) }
        _ = try await fixture.submit(
            document.id,
            ["op": "text.replace", "target": ["block": .string(block)], "start": 4, "end": 9, "text": "p, wr"]
        ) { $0.wait = .committed }
        goOn.change { $0 = true }
        let result = try await first
        let latest = try #require(try await fixture.store.document(document.id)?.document)
        return (latest, try #require(result.exchanges.first))
    }

    @Test func conflictIsRefusedUnlessThePolicySaysOtherwise() async throws {
        try await Fixture().running { fixture in
            let (_, record) = try await conflicting(fixture, onConflict: nil)
            #expect(record.refusal?.kind == .conflict)
            #expect(record.proposal == nil)
            #expect(try await fixture.store.proposals(ProposalFilter(), page: PageRequest()).items.isEmpty)
        }
    }

    @Test func conflictBecomesAProposalOnTheRevisionThatThePluginSaw() async throws {
        try await Fixture().running { fixture in
            let (document, record) = try await conflicting(fixture, onConflict: "propose")
            #expect(record.outcome == .refused)
            #expect(record.refusal?.kind == .conflict)
            let proposal = try #require(
                try await fixture.store.proposals(ProposalFilter(), page: PageRequest()).items.first
            )
            #expect(record.proposal == proposal.id)
            #expect(proposal.origin == .conflict)
            #expect(proposal.revision == record.revision)
            #expect(proposal.conflict?.kind == .conflict)
            #expect(proposal.commands.count == 1)

            let error = await #expect(throws: HostError.self) {
                try await fixture.host.proposals.accept(proposal.id, baseRevision: nil, actor: fixture.admin)
            }
            #expect(error?.code == .conflict)
            #expect(error?.commandIndex == 0)
            #expect(error?.pointer != nil)
            #expect(error?.currentRevision == document.revision)
            #expect(try await fixture.store.proposal(proposal.id)?.state == .open)
            #expect(try await fixture.store.document(document.id)?.document.revision == document.revision)

            let future = await #expect(throws: HostError.self) {
                try await fixture.host.proposals.accept(proposal.id, baseRevision: 99, actor: fixture.admin)
            }
            #expect(future?.code == .invalidParameter)
            // A person who looked at the latest revision may say that the commands are right for it.
            let accepted = try await fixture.host.proposals.accept(
                proposal.id,
                baseRevision: document.revision,
                actor: fixture.admin
            )
            #expect(accepted.decision?.revision == document.revision + 1)
            #expect(fixture.store.allExchanges.first { $0.id == record.id }?.outcome == .applied)
        }
    }

    @Test func acceptingNeedsThePluginsGrantsStill() async throws {
        try await Fixture().running { fixture in
            let (document, record) = try await conflicting(fixture, onConflict: "propose")
            let id = try #require(record.proposal)
            func code() async -> HostError.Code? {
                do {
                    _ = try await fixture.host.proposals.accept(
                        id,
                        baseRevision: document.revision,
                        actor: fixture.admin
                    )
                    return nil
                } catch {
                    return (error as? HostError)?.code
                }
            }
            var patch = PluginPatch()
            patch.scopes = ["tags:write"]
            _ = try await fixture.host.plugins.update(record.plugin, patch, actor: fixture.admin)
            #expect(await code() == .forbidden)
            patch.scopes = ["blocks:write"]
            _ = try await fixture.host.plugins.update(record.plugin, patch, actor: fixture.admin)
            // That it is stopped does not matter: a person decides.
            _ = try await fixture.host.plugins.disable(record.plugin, actor: fixture.admin)
            #expect(await code() == nil)
        }
    }

    @Test func aDeletedPluginsProposalCanOnlyBeDeclined() async throws {
        try await Fixture().running { fixture in
            let (_, record) = try await conflicting(fixture, onConflict: "propose")
            let id = try #require(record.proposal)
            try await fixture.host.plugins.delete(record.plugin, actor: fixture.admin)
            let error = await #expect(throws: HostError.self) {
                try await fixture.host.proposals.accept(id, baseRevision: nil, actor: fixture.admin)
            }
            #expect(error?.code == .forbidden)
            let declined = try await fixture.host.proposals.decline(id, reason: nil, actor: fixture.admin)
            #expect(declined.state == .declined)
        }
    }
}
