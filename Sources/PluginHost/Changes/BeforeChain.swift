import DocumentModel
import JSONSchema
import PluginProtocol

/// Asks the `before` plugins of a change, one after the other, and adds what they answer to the candidate.
///
/// No transaction is open meanwhile. A plugin that fails rolls back alone; its failure policy decides whether the chain goes on. `Sendable`.
struct BeforeChain: Sendable {
    /// What the chain made of a change.
    ///
    /// `Sendable`.
    struct Outcome: Sendable {
        private(set) var candidate: Candidate
        /// The candidate's document, serialised once for all who are asked about it.
        private(set) var snapshot: DocumentSnapshot
        /// One record for each plugin asked or skipped.
        var records: [ExchangeRecord] = []
        /// For the caller.
        var warnings: [String] = []
        /// For the ledger: refusals, failures, flags, denials.
        var entries: [LedgerEntry] = []
        /// What plugins want to remember.
        var states: [PluginState] = []
        /// Whether any of them only judged, so that its verdict holds for exactly this candidate.
        var hasJudges = false
        /// Why the change is refused, if it is.
        var error: HostError?

        init(_ candidate: Candidate) {
            self.candidate = candidate
            snapshot = DocumentSnapshot(candidate.document)
        }

        /// Goes on with another candidate; `snapshot` is its document.
        mutating func become(_ candidate: Candidate, _ snapshot: DocumentSnapshot) {
            self.candidate = candidate
            self.snapshot = snapshot
        }
    }

    /// What it takes to ask one plugin.
    private struct Asking {
        let step: MatchIndex.Step
        /// The event that stands for the whole change.
        let main: EventID
        let request: ChangeRequest
        let causality: Causality
        /// As it was begun.
        var record: ExchangeRecord
        /// Of the change as it was when the chain began, with so many authors.
        var events: [Event] = []
        var parts = 0

        /// Whether it changes nothing, and so is asked last.
        var isJudge: Bool { step.candidate.subscription.isJudge }

        /// Whether it may have side effects, and must have none.
        var isSkippedDry: Bool { request.dryRun && step.candidate.subscription.sideEffects != .none }
    }

    let runner: ExchangeRunner
    let types: DocumentTypes
    let clock: HostClock
    let ids: IdentifierSource
    let running: RunningExchanges
    /// Called when a plugin's place was given back.
    let placeFreed: @Sendable (PluginID) -> Void

    private var limits: Limits { runner.configuration.limits }

    /// Runs the chain.
    ///
    /// `steps` says whom to ask, in order; `budget` is the chain's, or what an earlier run left of it, in microseconds.
    func run(
        _ steps: [MatchIndex.Step],
        on candidate: Candidate,
        request: ChangeRequest,
        causality: Causality,
        matchMicroseconds: Int,
        remaining budget: Int,
        lanes: ChainLanes
    ) async -> Outcome {
        let deadline = clock.microseconds() + budget
        var outcome = Outcome(candidate)
        let event = candidate.event ?? ids.next()
        let matching = RecordedMatching(after: 0, before: candidate.generation, origin: causality.origin)
        var askings: [Asking] = []
        for step in steps {
            var record = record(step, candidate, request, matchMicroseconds)
            record.matching = matching
            askings.append(
                Asking(step: step, main: event, request: request, causality: causality, record: record)
            )
        }
        do {
            try await begin(&askings, candidate)
        } catch {
            outcome.error =
                error as? HostError ?? HostError(.internalError, "The exchanges could not be begun: \(error)")
            return outcome
        }
        for asking in askings where asking.isSkippedDry {
            outcome.records.append(asking.record)
            outcome.warnings.append(
                "\(asking.step.candidate.plugin.name) was not asked: it may have side effects, and this is a dry run"
            )
        }
        let judges = askings.filter { $0.isJudge && !$0.isSkippedDry }
        let others = askings.filter { !$0.isJudge && !$0.isSkippedDry }
        for (index, asking) in others.enumerated() {
            if outcome.error != nil {
                outcome.notAsked(asking.record)
                continue
            }
            let claims = others[index...].map(\.step.claim) + ChainBudget.Claim.together(judges.map(\.step.claim))
            let share = ChainBudget.share(of: claims, remaining: deadline - clock.microseconds())
            var record = asking.record
            let result = await ask(asking, share: share, on: outcome, &record, lanes)
            take(result, asking, record, lanes, into: &outcome)
        }
        await run(judges, until: deadline, &outcome, lanes)
        return outcome
    }

    /// Asks those who only judge, all at once, about the candidate that came out of the chain.
    private func run(_ judges: [Asking], until deadline: Int, _ outcome: inout Outcome, _ lanes: ChainLanes) async {
        guard outcome.error == nil, !judges.isEmpty else {
            for asking in judges { outcome.notAsked(asking.record) }
            return
        }
        outcome.hasJudges = true
        let asked = outcome
        // Exchanges of one plugin about one document never overlap, so what one plugin judges twice is one after the other.
        let byPlugin = Dictionary(grouping: judges.indices) { judges[$0].step.candidate.plugin.id }
        let results = await withTaskGroup(of: [(Int, ExchangeRecord, Result<PluginAnswer, Refusal>)].self) { group in
            for indices in byPlugin.values {
                group.addTask {
                    var results: [(Int, ExchangeRecord, Result<PluginAnswer, Refusal>)] = []
                    for index in indices {
                        let asking = judges[index]
                        let left = deadline - clock.microseconds()
                        var record = asking.record
                        let share = min(asking.step.claim.timeout, max(0, left))
                        let result = await ask(asking, share: share, on: asked, &record, lanes)
                        results.append((index, record, result))
                    }
                    return results
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        for (index, record, result) in results.sorted(by: { $0.0 < $1.0 }) {
            take(result, judges[index], record, lanes, into: &outcome)
        }
    }

    /// Makes it durable that plugins may be asked, all of the chain at once, so that a crash leaves a trace of each exchange.
    private func begin(_ askings: inout [Asking], _ candidate: Candidate) async throws {
        let derivation = EventDerivation(candidate)
        for index in askings.indices {
            askings[index].parts = candidate.parts.count
            askings[index].events = events(of: askings[index], derivation)
            askings[index].record.events = askings[index].events.map(ExchangeRecord.EventReference.init)
        }
        let begun = askings.filter { !$0.isSkippedDry }.map(\.record)
        guard !begun.isEmpty else { return }
        try await runner.store.write(document: nil) { _ in
            var writes = Writes()
            writes.exchangesBegun = begun
            return (writes, ())
        }
    }

    private func record(
        _ step: MatchIndex.Step,
        _ candidate: Candidate,
        _ request: ChangeRequest,
        _ matchMicroseconds: Int
    ) -> ExchangeRecord {
        let plugin = step.candidate.plugin
        var record = ExchangeRecord(
            id: ids.next(),
            plugin: plugin.id,
            pluginName: plugin.name,
            pluginVersion: plugin.manifest.version,
            document: request.document,
            revision: candidate.document.revision,
            phase: .before,
            events: [],
            time: clock.now()
        )
        record.subscription = step.candidate.toldApart
        record.timings.match = matchMicroseconds
        record.isDry = request.dryRun
        if request.dryRun, step.candidate.subscription.sideEffects != .none { record.outcome = .skipped }
        return record
    }

    private func events(of asking: Asking, _ derivation: EventDerivation) -> [Event] {
        derivation.events(
            asking.step.wanted,
            phase: .before,
            main: asking.main,
            time: asking.record.time,
            causality: asking.causality
        )
    }

    /// Takes what a plugin said, or that it failed, into the outcome.
    private func note(
        _ result: Result<PluginAnswer, Refusal>,
        _ asking: Asking,
        _ record: ExchangeRecord,
        _ lanes: ChainLanes,
        in outcome: inout Outcome
    ) {
        let plugin = asking.step.candidate.plugin
        let request = asking.request
        var record = record
        switch result {
        case .success(let answer):
            if let verdict = answer.verdict, !verdict.allow {
                record.denied = true
                record.outcome = .refused
                outcome.records.append(record)
                outcome.deny(plugin, verdict, record, request, time: clock.now())
                return
            }
            outcome.warnings += answer.warnings
            outcome.records.append(record)
            if let state = answer.state {
                outcome.states.removeAll { $0.plugin == plugin.id }
                outcome.states.append(PluginState(plugin: plugin.id, document: request.document, state: state))
                lanes.keep(plugin.id)
            }
        case .failure(let refusal):
            record.outcome = ExchangeRecord.Outcome(refusal)
            record.refusal = refusal
            outcome.records.append(record)
            outcome.entries.append(LedgerEntry(refusal, record, actor: request.actor, time: clock.now()))
            if asking.step.candidate.subscription.onFailure == .reject {
                outcome.reject(plugin, refusal, record, request, time: clock.now())
                return
            }
            outcome.warnings.append("\(plugin.name) was skipped: \(refusal.message)")
            if asking.step.candidate.subscription.onFailure == .flag { flag(&outcome, plugin, request) }
        }
    }

    /// Takes the plugin's lane and asks it about the candidate as it stands.
    private func ask(
        _ asking: Asking,
        share: Int,
        on outcome: Outcome,
        _ record: inout ExchangeRecord,
        _ lanes: ChainLanes
    ) async -> Result<PluginAnswer, Refusal> {
        let plugin = asking.step.candidate.plugin
        record.revision = outcome.candidate.document.revision
        // What plugins added since the chain began may have raised events too.
        let events =
            outcome.candidate.parts.count == asking.parts
            ? asking.events : events(of: asking, EventDerivation(outcome.candidate))
        record.events = events.map(ExchangeRecord.EventReference.init)
        guard share > 0 else { return .failure(.budgetSpent(limits.chainTime.microseconds)) }
        let waited: Int
        switch await enter(plugin, lanes, share: share) {
        case .success(let time): waited = time
        case .failure(let refusal): return .failure(refusal)
        }
        record.timings.queue += waited
        record.timings.total += waited
        running.begin(
            record.id,
            plugin: plugin.id,
            document: asking.request.document,
            events: events,
            owner: lanes.owner
        )
        let question = ExchangeRunner.Question(
            registered: asking.step.candidate.registered,
            selection: asking.step.candidate.subscription.selection,
            writes: asking.step.candidate.subscription.writes,
            events: events,
            actor: asking.request.actor,
            document: asking.request.document,
            snapshot: outcome.snapshot,
            state: outcome.states.last { $0.plugin == plugin.id }?.state,
            dryRun: asking.request.dryRun,
            budget: share - waited,
            hasPlace: false
        )
        let result = await runner.ask(question, &record)
        running.end(record.id)
        return result
    }

    /// Applies what a plugin said to the candidate, and gives its lane back unless it has a state that is to be stored.
    private func take(
        _ result: Result<PluginAnswer, Refusal>,
        _ asking: Asking,
        _ record: ExchangeRecord,
        _ lanes: ChainLanes,
        into outcome: inout Outcome
    ) {
        let plugin = asking.step.candidate.plugin
        var record = record
        let applied = apply(result, plugin, to: &outcome, &record)
        note(applied, asking, record, lanes, in: &outcome)
        let hasState = outcome.states.contains { $0.plugin == plugin.id }
        if asking.request.dryRun || !hasState { lanes.leave(plugin.id) }
        placeFreed(plugin.id)
    }

    /// Waits until no other exchange of the plugin about this document is under way.
    ///
    /// - Returns: how long that took.
    private func enter(_ plugin: Plugin, _ lanes: ChainLanes, share: Int) async -> Result<Int, Refusal> {
        let began = clock.microseconds()
        do {
            try await lanes.enter(plugin.id, timeout: .microseconds(share))
            return .success(clock.microseconds() - began)
        } catch ReactionLanes.Refused.overloaded(let waiting) {
            return .failure(.laneOverloaded(waiting, limit: limits.exchangesWaiting))
        } catch ReactionLanes.Refused.deadlock {
            return .failure(.laneDeadlock)
        } catch {
            return .failure(.laneBusy(share))
        }
    }

    private func apply(
        _ result: Result<PluginAnswer, Refusal>,
        _ plugin: Plugin,
        to outcome: inout Outcome,
        _ record: inout ExchangeRecord
    ) -> Result<PluginAnswer, Refusal> {
        guard case .success(let answer) = result else { return result }
        record.warnings = answer.warnings
        record.notes = answer.notes.isEmpty ? nil : .object(answer.notes)
        if answer.defer != nil {
            return .failure(
                Refusal(.headersLate, "the plugin deferred its answer; a before plugin must answer at once")
            )
        }
        if let verdict = answer.verdict, !verdict.allow { return result }
        let began = clock.microseconds()
        defer { record.timings.apply = clock.microseconds() - began }
        var candidate = outcome.candidate
        do {
            record.mutations = try candidate.add(
                answer.commands,
                actor: plugin.actor,
                plugin: plugin.id,
                exchange: record.id,
                context: context(plugin.actor)
            )
        } catch {
            return .failure(Refusal(error, op: answer.op(at: error.commandIndex)))
        }
        if record.mutations > 0 {
            let snapshot = DocumentSnapshot(candidate.document)
            let violations = types.violations(in: snapshot, limits: limits)
            if !violations.isEmpty {
                record.mutations = 0
                return .failure(.documentTypeViolated(candidate.document.type, violations))
            }
            outcome.become(candidate, snapshot)
        }
        record.outcome = record.mutations > 0 ? .applied : .nothing
        return result
    }

    private func flag(_ outcome: inout Outcome, _ plugin: Plugin, _ request: ChangeRequest) {
        // A tag the document already has changes nothing; that the tag cannot be set is no reason to fail the change.
        var flagged = outcome.candidate
        let count = try? flagged.add(
            [.flag],
            actor: .host,
            plugin: plugin.id,
            exchange: outcome.records.last?.id,
            context: context(.host)
        )
        if let count, count > 0 {
            let snapshot = DocumentSnapshot(flagged.document)
            if types.violations(in: snapshot, limits: limits).isEmpty { outcome.become(flagged, snapshot) }
        }
        outcome.entries.append(.flagged(plugin, outcome.records.last, actor: request.actor, time: clock.now()))
    }

    private func context(_ actor: Actor) -> ApplyContext {
        ApplyContext(actor: actor, time: clock.now(), ids: ids, limits: limits.document)
    }
}
