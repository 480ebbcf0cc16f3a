public import DocumentModel
import JSONSchema
public import PluginProtocol

/// Lets people decide about what plugins propose.
///
/// Lists are read from the store directly. `Sendable`.
public final class ProposalService: Sendable {
    private let store: any HostStore
    private let changes: AnsweredChanges
    private let inFlight = InFlight<ProposalID>()

    private var planner: CommitPlanner { changes.planner }

    init(store: any HostStore, changes: AnsweredChanges) {
        self.store = store
        self.changes = changes
    }

    /// Applies a proposal's commands, as the plugin's, and closes it.
    ///
    /// The plugin needs its grants still, but need not be enabled: who accepts is a person.
    ///
    /// - Parameters:
    ///   - id: the proposal.
    ///   - baseRevision: the revision that the positions are right for, in the accepting person's view; nil for the one that the
    ///     plugin saw. Either way they are moved forward to the latest.
    ///   - actor: who accepts.
    /// - Returns: the proposal with the decision.
    /// - Throws: ``HostError`` of code `not-found`, `already-decided`, `forbidden`, `invalid-parameter`, `conflict`,
    ///   `does-not-apply`, `precondition-failed`, `document-type-violated` or `limit-exceeded`; the proposal is open then as before.
    public func accept(_ id: ProposalID, baseRevision: Int?, actor: Actor) async throws -> Proposal {
        try await inFlight.alone(id) {
            let proposal = try await open(id)
            guard let plugin = planner.registry[proposal.plugin]?.plugin else {
                throw HostError(
                    .forbidden,
                    "\(proposal.pluginName) was deleted, so nothing can be done in its name any more",
                    hint: "decline the proposal"
                )
            }
            if let baseRevision { try await check(baseRevision, of: proposal) }
            let change = CommitPlanner.AnsweredChange(
                commands: proposal.commands,
                document: proposal.document,
                plugin: plugin,
                exchange: proposal.exchange,
                causality: Causality(hop: proposal.hop, causes: proposal.causes, origin: proposal.plugin)
            )
            let record = try await store.exchange(proposal.exchange)
            let planner = planner
            let decided: Result<Proposal, HostError> = try await changes.settle(
                change,
                on: baseRevision ?? proposal.revision,
                mayApply: { commands in
                    planner.registry[plugin.id].map { Grants.refusal(of: commands, plugin: $0.plugin) }
                        ?? .pluginGone("deleted")
                },
                conclude: { outcome, head, plan in
                    switch outcome {
                    case .refused(let refusal):
                        return .failure(.notAccepted(proposal, refusal, head: head))
                    case .applied(let mutations, let revision):
                        var proposal = proposal
                        let time = planner.clock.now()
                        proposal.state = .accepted
                        proposal.decision = Proposal.Decision(actor: actor, time: time, revision: revision)
                        if var record {
                            record.outcome = mutations > 0 ? .applied : .nothing
                            record.mutations = mutations
                            plan.writes.changeLater { [record] in $0.amended.append(record) }
                        }
                        plan.writes.changeLater { $0.proposals.append(proposal) }
                        plan.writes.entries.append(.about(proposal, .proposalAccepted, actor: actor, time: time))
                        return .success(proposal)
                    }
                }
            )
            return try decided.get()
        }
    }

    /// Closes a proposal without applying it; the record stays.
    ///
    /// - Parameters:
    ///   - id: the proposal.
    ///   - reason: why, for those who read it later.
    ///   - actor: who declines.
    /// - Returns: the proposal with the decision.
    /// - Throws: ``HostError`` of code `not-found` or `already-decided`.
    public func decline(_ id: ProposalID, reason: String?, actor: Actor) async throws -> Proposal {
        try await inFlight.alone(id) {
            var proposal = try await open(id)
            let time = planner.clock.now()
            proposal.state = .declined
            proposal.decision = Proposal.Decision(actor: actor, time: time, reason: reason)
            return try await changes.write(nil) { [proposal] _, plan in
                plan.writes.changeLater { $0.proposals.append(proposal) }
                plan.writes.entries.append(.about(proposal, .proposalDeclined, actor: actor, time: time))
                return proposal
            }
        }
    }

    private func open(_ id: ProposalID) async throws -> Proposal {
        guard let proposal = try await store.proposal(id) else {
            throw HostError(.notFound, "There is no proposal \(id)")
        }
        guard proposal.state == .open else { throw HostError.alreadyDecided(proposal) }
        return proposal
    }

    private func check(_ baseRevision: Int, of proposal: Proposal) async throws {
        guard let latest = try await store.document(proposal.document)?.document.revision else {
            throw HostError.noDocument(proposal.document)
        }
        guard baseRevision <= latest else { throw HostError.futureRevision(baseRevision, latest: latest) }
    }
}
