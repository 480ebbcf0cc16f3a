import DocumentModel
import PluginProtocol

/// Turns an accepted change into what is written, and finds and places the reactions to it.
///
/// Runs inside decisions on the store's writer. `Sendable`.
struct CommitPlanner: Sendable {
    /// What a transaction is to do, and what follows once it is durable.
    ///
    /// `Sendable`.
    struct Plan: Sendable {
        var writes = Writes()
        /// Exchanges that may begin once the transaction is durable.
        var reactions: [Reaction] = []
        /// What it changed among the lanes, for taking that back if the transaction fails.
        var steps: [ReactionLanes.Step] = []
        /// Settlements that work held which nobody is asked about any more; let go of once that is durable.
        var released: [Settlement] = []
        /// Settlements held open by reactions, for taking back.
        var held: [Settlement] = []
        /// Exchanges that ended, for those who wait.
        var records: [(Settlement, ExchangeRecord)] = []

        /// Whether no exchange follows from it, neither at once nor later.
        var isSettled: Bool {
            reactions.isEmpty && !steps.contains { if case .waited = $0 { true } else { false } }
        }
    }

    /// An event without its commands, as JSON, causes included.
    private static let eventBytes = 600

    let registry: PluginRegistry
    let lanes: ReactionLanes
    let trails: ReactionTrails
    let clock: HostClock
    let ids: IdentifierSource
    let limits: Limits

    /// Adds a new head with its mutations and the reactions to it.
    ///
    /// `snapshot` is the candidate's document, serialised; `actor` is who plugins are told made the change.
    func add(
        _ change: PreparedChange,
        actor: Actor,
        causality: Causality,
        settlements: [Settlement],
        to plan: inout Plan
    ) {
        let (candidate, snapshot) = (change.candidate, change.snapshot)
        let time = snapshot.document.updatedAt
        let main = candidate.event ?? ids.next()
        plan.writes.head = snapshot
        plan.writes.deletesDocument = candidate.isDeletion
        let first = plan.writes.entries.count
        var payloads = change.payloads[...]
        for part in candidate.parts {
            defer { payloads = payloads.dropFirst(part.mutations.count) }
            plan.writes.entries += LedgerEntry.mutations(
                part.mutations,
                payloads,
                actor: part.actor,
                plugin: part.plugin,
                exchange: part.exchange,
                document: snapshot.document,
                event: main,
                cause: causality.nearest,
                time: time
            )
        }
        let index = registry.index
        if first < plan.writes.entries.count {
            plan.writes.entries[first].matching = matching(index, candidate, causality)
        }
        guard !index.wanted(in: .after).isEmpty else { return }
        let began = clock.microseconds()
        let derivation = EventDerivation(candidate)
        let steps = index.plan(
            .after,
            events: derivation.types,
            document: snapshot.document,
            origin: causality.origin
        )
        guard !steps.isEmpty else { return }
        let matched = clock.microseconds() - began
        // A mutation's entry holds its command, and more: a bound that costs nothing.
        let commandBytes = plan.writes.entries.reduce(0) { $0 + $1.payload.count }
        // Only what plugins do in answer to something can go to and fro.
        let trail = causality.origin.map { origin in
            ReactionTrails.Trail(plugin: origin, pointers: Set(candidate.mutations.map(\.pointer)))
        }
        let oscillation = trail.flatMap { trails.oscillation($0, causes: causality.causes) }
        for step in steps {
            let events = derivation.events(
                step.wanted,
                phase: .after,
                main: main,
                time: time,
                causality: causality
            )
            var record = record(step.candidate, snapshot.document.id, time: time)
            record.timings.match = matched
            if let trace = causality.trace { record.trace = trace.child(span: ids.span()) }
            record.events = events.map(ExchangeRecord.EventReference.init)
            if causality.hop > limits.hops {
                skip(step, record, .hopsSpent(limits.hops), actor: actor, time: time, plan: &plan)
                continue
            }
            if let oscillation, oscillation.concerns(step.candidate.plugin.id) {
                skip(step, record, refusal(of: oscillation), actor: actor, time: time, plan: &plan)
                continue
            }
            if let trail { for event in events { trails.remember(trail, of: event.id) } }
            place(
                step,
                events,
                bytes: commandBytes + events.count * Self.eventBytes,
                record,
                snapshot,
                actor: actor,
                settlements: settlements,
                plan: &plan
            )
        }
    }

    /// What is to be kept of how plugins were found, so that it can be told later why each was asked or not.
    private func matching(_ index: MatchIndex, _ candidate: Candidate, _ causality: Causality) -> RecordedMatching {
        var matching = RecordedMatching(after: index.generation, before: candidate.generation)
        if let origin = causality.origin, let part = candidate.parts.first, origin != part.author {
            matching.origin = origin
        }
        return matching
    }

    /// Whether a change may be a program's answer to an event that it does not name.
    private static func isByProgram(_ actor: Actor, _ events: [Event]) -> Bool {
        actor.kind != .user && events.first?.hop == 0
    }

    /// Frees a lane, and begins waiting work of the plugin: what has the lane next, or what waited for the place that the exchange gave up
    /// when it ended.
    func finish(_ reaction: Reaction, plan: inout Plan) {
        let isShared = reaction.registered.isAskedBefore
        plan.steps.append(.left(reaction.lane, reaction.owner, isShared: isShared))
        lanes.finish(
            reaction.lane,
            reaction.owner,
            isShared: isShared,
            now: Self.isByProgram(reaction.actor, reaction.events) ? clock.microseconds() : nil
        )
        begin(reaction.registered.plugin.id, reaction.registered.runtime, plan: &plan)
    }

    /// Begins waiting work of a plugin, as much as there are places for.
    func next(_ plugin: PluginID, plan: inout Plan) {
        // Of one that was deleted meanwhile nothing begins; whoever deleted it settles its work.
        if let runtime = registry[plugin]?.runtime { begin(plugin, runtime, plan: &plan) }
    }

    private func begin(_ plugin: PluginID, _ runtime: PluginRuntime, plan: inout Plan) {
        while let turn = lanes.next(plugin, runtime: runtime) { begin(turn, runtime: runtime, plan: &plan) }
    }

    /// Runs a decision in the store and gives back its plan, durable.
    ///
    /// What a decision that failed did outside the store is taken back on the writer, before any other decision can see it.
    func write(
        _ store: any HostStore,
        document: DocumentID?,
        _ decide: @escaping @Sendable (DocumentSnapshot?, inout Plan) throws -> Void
    ) async throws -> Plan {
        let plan = try await store.write(document: document) { plan in
            undo(plan)
            // Others may have come to wait for what this plan held. What only begins waiting work tries again by itself, later.
            if document != nil { for plugin in Set(plan.steps.map(\.key.plugin)) { lanes.announce(plugin) } }
        } _: { head in
            var plan = Plan()
            do {
                try decide(head, &plan)
            } catch {
                undo(plan)
                throw error
            }
            return (plan.writes, plan)
        }
        lanes.settle(plan.steps)
        // Counted once it is durable: what the store has and what the metrics say is the same.
        for record in plan.writes.exchangesEnded {
            (registry[record.plugin]?.runtime.series ?? registry.metrics.other).add(record)
        }
        for settlement in plan.released { settlement.end() }
        return plan
    }

    private func undo(_ plan: Plan) {
        lanes.undo(plan.steps) { registry[$0]?.runtime }
        for settlement in plan.held { settlement.end() }
    }

    /// Why a plugin may not make these commands now: it was stopped, or lost a grant, since it was asked; nil if it may.
    func refusal(of commands: [Command], by plugin: PluginID) -> Refusal? {
        guard let current = registry[plugin]?.plugin, current.state == .enabled else {
            return Refusal(.notGranted, "the plugin was stopped before its answer could be applied", rule: "state")
        }
        return Grants.refusal(of: commands, plugin: current)
    }

    private func place(
        _ step: MatchIndex.Step,
        _ events: [Event],
        bytes: Int,
        _ record: ExchangeRecord,
        _ snapshot: DocumentSnapshot,
        actor: Actor,
        settlements: [Settlement],
        plan: inout Plan
    ) {
        let candidate = step.candidate
        let document = snapshot.document.id
        let key = ReactionLanes.Key(plugin: candidate.plugin.id, document: document)
        let placement = lanes.place(
            events,
            bytes: bytes,
            for: candidate,
            document: document,
            actor: actor,
            settlements: settlements,
            trace: record.trace,
            now: Self.isByProgram(actor, events) ? clock.microseconds() : nil
        )
        switch placement {
        case .begin(let owner):
            plan.steps.append(.began(key, owner))
            hold(settlements, &plan)
            var record = record
            record.revision = snapshot.document.revision
            plan.writes.exchangesBegun.append(record)
            plan.reactions.append(
                Reaction(
                    record: record,
                    registered: candidate.registered,
                    subscription: candidate.subscription,
                    document: document,
                    events: events,
                    actor: actor,
                    snapshot: snapshot,
                    settlements: settlements,
                    owner: owner
                )
            )
        case .wait(let work):
            plan.steps.append(.waited(key, work.id))
            hold(settlements, &plan)
            plan.writes.workAdded.append(work)
        case .looping(let count):
            skip(step, record, .loop(count, limits), actor: actor, time: record.time, plan: &plan)
        case .overloaded(let waiting):
            skip(step, record, .reactionsOverloaded(waiting, limits), actor: actor, time: record.time, plan: &plan)
        }
    }

    /// Makes a reaction of waiting work whose turn has come; gives it up if its subscription is not there any more.
    private func begin(
        _ turn: ReactionLanes.Turn,
        runtime: PluginRuntime,
        plan: inout Plan
    ) {
        guard let last = turn.items.last else { return }
        let registered = registry[turn.key.plugin]
        guard let registered, registered.plugin.state == .enabled,
            let candidate = registered.subscription(last.work.subscription)
        else {
            let state = registered?.plugin.state
            let refusal: Refusal =
                state == .enabled ? .subscriptionGone : .pluginGone(state?.rawValue ?? "deleted")
            settle(turn.items, of: registered?.plugin, refusal, plan: &plan)
            plan.steps.append(.dropped(turn))
            lanes.finish(turn.key, turn.owner, isShared: false)
            return runtime.bulkhead.leave()
        }
        plan.steps.append(.turned(turn))
        plan.writes.workRemoved += turn.items.map(\.work.id)
        let events = turn.items.flatMap(\.work.events)
        var record = record(candidate, turn.key.document, time: clock.now())
        record.trace = last.trace
        record.events = events.map(ExchangeRecord.EventReference.init)
        plan.writes.exchangesBegun.append(record)
        plan.reactions.append(
            Reaction(
                record: record,
                registered: registered,
                subscription: candidate.subscription,
                document: turn.key.document,
                events: events,
                actor: last.work.actor,
                snapshot: nil,
                settlements: turn.items.flatMap(\.settlements),
                owner: turn.owner
            )
        )
    }

    /// Ends waiting work that nobody is asked about any more, with a record for each document and subscription.
    func settle(_ items: [WaitingReaction], of plugin: Plugin?, _ refusal: Refusal, plan: inout Plan) {
        let time = clock.now()
        plan.writes.workRemoved += items.map(\.work.id)
        plan.released += items.flatMap(\.settlements)
        var records: [ExchangeRecord] = []
        var numbers: [SettledKey: Int] = [:]
        for work in items.map(\.work) {
            let references = work.events.map(ExchangeRecord.EventReference.init)
            let key = SettledKey(document: work.document, subscription: work.subscription)
            if let number = numbers[key] {
                records[number].events += references
                continue
            }
            numbers[key] = records.count
            var record = ExchangeRecord(
                id: ids.next(),
                plugin: work.plugin,
                pluginName: plugin?.name ?? work.plugin.description,
                pluginVersion: plugin?.manifest.version ?? "",
                document: work.document,
                revision: nil,
                phase: .after,
                events: references,
                time: time
            )
            record.outcome = .skipped
            record.refusal = refusal
            records.append(record)
        }
        plan.writes.exchangesEnded += records
        plan.writes.entries += records.map { .skipped(refusal, $0, actor: .host, time: time) }
    }

    private struct SettledKey: Hashable {
        var document: DocumentID
        var subscription: Int
    }

    private func refusal(of oscillation: ReactionTrails.Oscillation) -> Refusal {
        let names = [oscillation.plugin, oscillation.other].map { registry[$0]?.plugin.name ?? $0.description }
        return .oscillation(names, at: oscillation.pointer)
    }

    private func skip(
        _ step: MatchIndex.Step,
        _ record: ExchangeRecord,
        _ refusal: Refusal,
        actor: Actor,
        time: Timestamp,
        plan: inout Plan
    ) {
        var record = record
        record.outcome = .skipped
        record.refusal = refusal
        plan.writes.exchangesEnded.append(record)
        plan.writes.entries.append(.skipped(refusal, record, actor: actor, time: time))
    }

    private func hold(_ settlements: [Settlement], _ plan: inout Plan) {
        for settlement in settlements { settlement.begin() }
        plan.held += settlements
    }

    private func record(_ candidate: MatchIndex.Candidate, _ document: DocumentID, time: Timestamp) -> ExchangeRecord {
        var record = ExchangeRecord(
            id: ids.next(),
            plugin: candidate.plugin.id,
            pluginName: candidate.plugin.name,
            pluginVersion: candidate.plugin.manifest.version,
            document: document,
            revision: nil,
            phase: .after,
            events: [],
            time: time
        )
        record.subscription = candidate.toldApart
        return record
    }
}
