import DocumentModel
import JSONSchema
import Logging
import NIOConcurrencyHelpers
import PluginProtocol

/// Takes commands by actors through the `before` plugins into the store, and hands what happened to
/// the `after` plugins.
///
/// `Sendable`.
final class ChangeService: Sendable {
    /// The document is at another revision than the change was made for.
    struct Moved: Error {
        var revision: Int
    }

    /// A plugin whose commands are part of the change may not make them any more.
    private struct Outdated: Error {}

    /// Renders the answer that an idempotency key is to give again.
    typealias Render = @Sendable (ChangeResult) -> (status: Int, body: [UInt8])

    /// How often a change is moved forward before it is given up as a conflict.
    private static let movesLimit = 8

    let store: any HostStore
    let planner: CommitPlanner
    let chain: BeforeChain
    private let reactions: ReactionService
    private let inFlight = NIOLockedValueBox<Set<Key>>([])

    private struct Key: Hashable {
        var client: String
        var key: String
    }

    var clock: HostClock { planner.clock }
    var limits: Limits { planner.limits }

    init(store: any HostStore, planner: CommitPlanner, chain: BeforeChain, reactions: ReactionService) {
        self.store = store
        self.planner = planner
        self.chain = chain
        self.reactions = reactions
    }

    /// Makes a change, or gives the answer of the first request with the same idempotency key.
    func submit(_ request: ChangeRequest, render: Render?) async throws -> ChangeOutcome {
        // A dry run may be repeated as it is, and must not spend the key of the change that it tries.
        guard let idempotency = request.idempotency, !request.dryRun else {
            return .changed(try await perform(request, render: nil))
        }
        let key = Key(client: idempotency.client, key: idempotency.key)
        guard inFlight.withLockedValue({ $0.insert(key).inserted }) else {
            throw HostError(
                .requestInFlight,
                "The first request with the idempotency key \"\(idempotency.key)\" has not ended yet",
                hint: "repeat it in a second"
            )
        }
        defer { inFlight.withLockedValue { _ = $0.remove(key) } }
        let known = try await store.idempotentAnswer(
            client: idempotency.client,
            key: idempotency.key,
            now: clock.now()
        )
        if let known {
            guard known.digest == idempotency.digest else {
                throw HostError(
                    .idempotencyKeyReused,
                    "The idempotency key \"\(idempotency.key)\" was used with another request at \(known.time)",
                    hint: "take a new key for a new request"
                )
            }
            return .repeated(known)
        }
        return .changed(try await perform(request, render: render))
    }

    private func perform(_ request: ChangeRequest, render: Render?) async throws -> ChangeResult {
        let request = chain.running.completed(request)
        let causality = chain.running.causality(of: request)
        // Beyond the limit no plugin is asked any more, and a change that none has judged must not slip through.
        guard causality.hop <= limits.hops else { throw HostError.hopsSpent(limits.hops) }
        let asked = NIOLockedValueBox(AskedExchanges())
        do {
            return try await perform(request, causality, asked, render: render)
        } catch {
            // Plugins saw the document: what they were asked is on record also when nothing came of the change.
            var asked = asked.withLockedValue { $0 }
            if !asked.records.isEmpty {
                asked.discard("its commands were not applied: the change was not made")
                var writes = Writes()
                writes.exchangesEnded = asked.records
                if !request.dryRun { writes.entries = asked.entries }
                do {
                    _ = try await planner.write(store, document: nil) { [writes] _, plan in plan.writes = writes }
                } catch {
                    reactions.settleLater(writes)
                }
            }
            guard var refusal = error as? HostError else { throw error }
            refusal.waitedFor = asked.records
            throw refusal
        }
    }

    private func perform(
        _ request: ChangeRequest,
        _ causality: Causality,
        _ asked: NIOLockedValueBox<AskedExchanges>,
        render: Render?
    ) async throws -> ChangeResult {
        // A plugin that waits for reactions to its own call, while it is being asked, would wait for itself.
        let settlement: Settlement? =
            request.wait == .settled && request.exchange == nil && !request.dryRun
            ? Settlement(deadline: clock.microseconds() + limits.settledWait.microseconds) : nil
        var attempt = request
        var chainBudget = limits.chainTime.microseconds
        var reruns = 0
        var event: EventID?
        for _ in 0...Self.movesLimit {
            do {
                let index = planner.registry.index
                let needsChain = !index.wanted(in: .before).isEmpty
                guard needsChain || request.dryRun else {
                    let prepared = await prepare(attempt, index.generation)
                    return try await commit(
                        attempt,
                        prepared,
                        index.generation,
                        causality,
                        settlement,
                        render: render
                    )
                }
                let began = clock.microseconds()
                let head = try await store.document(attempt.document)
                try check(attempt, head)
                var candidate = try candidate(attempt, head, index.generation)
                // One event for one change, however often plugins have to be asked about it.
                event = event ?? planner.ids.next()
                candidate.event = event
                let steps = plan(candidate, causality, index)
                if candidate.mutations.isEmpty || steps.isEmpty {
                    if request.dryRun {
                        return try await dryResult(attempt, candidate, DocumentSnapshot(candidate.document), causality)
                    }
                    attempt.baseRevision = attempt.creates ? nil : candidate.base
                    let prepared = PreparedChange(candidate)
                    return try await commit(
                        attempt,
                        prepared,
                        index.generation,
                        causality,
                        settlement,
                        render: render
                    )
                }
                let lanes = lanes(for: attempt)
                defer { leave(lanes) }
                var outcome = await chain.run(
                    steps,
                    on: candidate,
                    request: attempt,
                    causality: causality,
                    matchMicroseconds: clock.microseconds() - began,
                    remaining: chainBudget,
                    lanes: lanes
                )
                chainBudget -= clock.microseconds() - began
                asked.withLockedValue { asked in
                    asked.records += outcome.records
                    asked.entries += outcome.entries
                    outcome.records = asked.records
                    outcome.entries = asked.entries
                }
                let result = try await conclude(
                    outcome,
                    attempt,
                    causality,
                    lanes,
                    settlement,
                    render: render
                )
                if let result { return result }
                // Someone else's change came between, and this one could not be moved past it.
                asked.withLockedValue {
                    $0.discard(
                        "its commands were not applied: the document was changed meanwhile, and the chain ran again"
                    )
                }
                reruns += 1
                if reruns > 1 || chainBudget <= 0 { break }
            } catch let moved as Moved {
                guard let base = attempt.baseRevision else { break }
                let later = try await store.mutations(of: attempt.document, after: base, through: moved.revision)
                do {
                    attempt.commands = try DocumentModel.move(attempt.commands, through: later)
                } catch {
                    var conflict = HostError(error)
                    conflict.currentRevision = moved.revision
                    throw conflict
                }
                attempt.baseRevision = moved.revision
            }
        }
        throw HostError(
            .conflict,
            "The document was changed by others again and again while this change was under way; nothing of it was applied",
            hint: "read the document again and repeat the change"
        )
    }

    /// Ends a chain: records what it refused, or commits what it accepted.
    ///
    /// - Returns: nil if the chain has to be run again on a later revision.
    private func conclude(
        _ outcome: BeforeChain.Outcome,
        _ request: ChangeRequest,
        _ causality: Causality,
        _ lanes: ChainLanes,
        _ settlement: Settlement?,
        render: Render?
    ) async throws -> ChangeResult? {
        if let error = outcome.error { throw error }
        if request.dryRun {
            var result = try await dryResult(request, outcome.candidate, outcome.snapshot, causality)
            _ = try await planner.write(store, document: nil) { _, plan in
                plan.writes.exchangesEnded = outcome.records
            }
            result.exchanges = outcome.records
            result.warnings = outcome.warnings + result.warnings
            return result
        }
        var outcome = outcome
        for _ in 0...Self.movesLimit {
            do {
                return try await commit(outcome, request, causality, lanes, settlement, render: render)
            } catch is Outdated {
                return nil
            } catch let moved as Moved {
                if outcome.hasJudges { return nil }
                // The latest may be later than the one that the decision found.
                guard let latest = try await store.document(request.document),
                    latest.document.revision >= moved.revision
                else { return nil }
                let later = try await store.mutations(
                    of: request.document,
                    after: outcome.candidate.base,
                    through: latest.document.revision
                )
                guard let candidate = try? outcome.candidate.moved(to: latest, through: later, context: context)
                else { return nil }
                outcome.become(candidate, DocumentSnapshot(candidate.document))
                outcome.recount()
            }
        }
        return nil
    }

    private func lanes(for request: ChangeRequest) -> ChainLanes {
        ChainLanes(
            planner.lanes,
            document: request.document,
            within: request.exchange.flatMap(chain.running.owner),
            clock: clock,
            limits: limits
        )
    }

    private func leave(_ lanes: ChainLanes) {
        for plugin in lanes.leaveAll() { reactions.wake(plugin) }
    }

    private func plan(_ candidate: Candidate, _ causality: Causality, _ index: MatchIndex) -> [MatchIndex.Step] {
        let derivation = EventDerivation(candidate)
        return index.plan(
            .before,
            events: derivation.types,
            document: candidate.document,
            origin: causality.origin
        )
    }

    /// Commits a change that no `before` plugin was asked about, on whatever revision is the latest.
    ///
    /// `prepared` is the change as it was made outside the writer, if it could be; `generation` is the registry's, in which it was looked
    /// that nobody is to be asked.
    private func commit(
        _ request: ChangeRequest,
        _ prepared: PreparedChange?,
        _ generation: Int,
        _ causality: Causality,
        _ settlement: Settlement?,
        render: Render?
    ) async throws -> ChangeResult {
        try await write(request, settlement) { head, plan in
            try self.check(request, head)
            return try self.add(
                PreparedChange(prepared, for: head) { try self.candidate(request, head, generation) },
                request,
                head,
                causality,
                settlement,
                render: render,
                plan: &plan
            )
        }
    }

    /// Commits what a chain accepted, if the document is still at the revision that the chain saw.
    private func commit(
        _ outcome: BeforeChain.Outcome,
        _ request: ChangeRequest,
        _ causality: Causality,
        _ lanes: ChainLanes,
        _ settlement: Settlement?,
        render: Render?
    ) async throws -> ChangeResult {
        let change = PreparedChange(outcome.candidate, outcome.snapshot)
        return try await write(request, settlement) { head, plan in
            let revision = head?.document.revision ?? 0
            guard revision == outcome.candidate.base else {
                if request.creates { throw HostError.exists(request.document) }
                guard head != nil else { throw HostError.noDocument(request.document) }
                if let expected = request.expectRevision, expected != revision {
                    throw HostError.revisionMismatch(expected: expected, actual: revision)
                }
                throw Moved(revision: revision)
            }
            for part in outcome.candidate.parts where part.actor.kind == .plugin {
                // A plugin that was stopped, or lost a grant, while it was asked: the chain is run again without it.
                if let plugin = part.plugin, self.planner.refusal(of: part.commands, by: plugin) != nil {
                    throw Outdated()
                }
            }
            // A plugin was asked once more about something that another did in the course of this chain, and remembers more by now.
            if lanes.areStatesOutdated { throw Outdated() }
            plan.writes.exchangesEnded = outcome.records
            plan.writes.entries = outcome.entries
            plan.writes.pluginStates = outcome.states
            for state in outcome.states {
                self.planner.registry[state.plugin]?.runtime.mayHaveState.withLockedValue { $0 = true }
                self.planner.lanes.countState(.init(plugin: state.plugin, document: request.document))
            }
            // Before reactions are placed, so that the same plugins can be asked about the change in this transaction.
            lanes.vacate(&plan)
            var result = try self.add(
                change,
                request,
                head,
                causality,
                settlement,
                render: nil,
                plan: &plan
            )
            result.exchanges = outcome.records
            result.warnings = outcome.warnings
            self.keep(result, request, render, plan: &plan)
            return result
        }
    }

    private func write(
        _ request: ChangeRequest,
        _ settlement: Settlement?,
        _ decide: @escaping @Sendable (DocumentSnapshot?, inout CommitPlanner.Plan) throws -> ChangeResult
    ) async throws -> ChangeResult {
        let box = NIOLockedValueBox<ChangeResult?>(nil)
        let plan = try await planner.write(store, document: request.document) { head, plan in
            let result = try decide(head, &plan)
            box.withLockedValue { $0 = result }
        }
        guard var result = box.withLockedValue({ $0 }) else {
            throw HostError(.internalError, "The store did not run the change")
        }
        reactions.start(plan.reactions)
        result.settled = plan.isSettled
        result.pending = plan.reactions.map(\.record.id)
        guard let settlement, !result.settled else { return result }
        settlement.end()
        await reactions.wait(for: settlement)
        let ended = settlement.records
        result.exchanges += ended
        result.settled = settlement.isSettled
        let known = Set(ended.map(\.id))
        result.pending = result.settled ? [] : result.pending.filter { !known.contains($0) }
        // What the reactions made of the document is what the caller waited for.
        if let latest = try await store.document(request.document) { result.document = latest }
        return result
    }

    private func add(
        _ change: PreparedChange,
        _ request: ChangeRequest,
        _ head: DocumentSnapshot?,
        _ causality: Causality,
        _ settlement: Settlement?,
        render: Render?,
        plan: inout CommitPlanner.Plan
    ) throws -> ChangeResult {
        let (candidate, snapshot) = (change.candidate, change.snapshot)
        let mutations = candidate.mutations
        guard !mutations.isEmpty, head != nil || request.creates else {
            guard let head else { throw HostError.noDocument(request.document) }
            let result = ChangeResult(document: head, mutations: [])
            keep(result, request, render, plan: &plan)
            return result
        }
        let violations = chain.types.violations(in: snapshot, limits: limits)
        guard violations.isEmpty else { throw HostError.documentTypeViolated(candidate.document.type, violations) }
        planner.add(
            change,
            actor: request.actor,
            causality: causality,
            settlements: settlement.map { [$0] } ?? [],
            to: &plan
        )
        var result = ChangeResult(document: snapshot, mutations: mutations)
        result.isDeleted = candidate.isDeletion
        keep(result, request, render, plan: &plan)
        return result
    }

    private func keep(
        _ result: ChangeResult,
        _ request: ChangeRequest,
        _ render: Render?,
        plan: inout CommitPlanner.Plan
    ) {
        guard let idempotency = request.idempotency, let render else { return }
        var result = result
        result.settled = plan.isSettled
        result.pending = plan.reactions.map(\.record.id)
        let answer = render(result)
        plan.writes.idempotentAnswer = IdempotentAnswer(
            client: idempotency.client,
            key: idempotency.key,
            digest: idempotency.digest,
            status: answer.status,
            body: answer.body,
            time: clock.now()
        )
    }
}
