import DocumentModel
import JSONSchema
import PluginProtocol

/// Asks the `before` plugins of a change, one group after the other, and adds what they answer to the candidate.
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

        var plugin: Plugin { step.candidate.plugin }
    }

    /// What came of asking one plugin.
    private struct Answered: Sendable {
        let asking: Asking
        /// Everything but how it ended.
        let record: ExchangeRecord
        let result: Result<PluginAnswer, Refusal>
        /// The plugin's turn in its lane, which lasts until it is clear whether there is a state to store; nil if it has ended.
        var turn: ChainLanes.Turn?

        /// What the plugin wants to remember, if its answer is taken.
        var state: JSON? { if case .success(let answer) = result { answer.state } else { nil } }
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
            record.trace = causality.trace?.child(span: ids.span())
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
        let groups = ChainGroups.split(askings.filter { !$0.isSkippedDry }) { $0.step.candidate }
        for (index, group) in groups.enumerated() {
            guard outcome.error == nil else {
                for asking in group { outcome.notAsked(asking.record) }
                continue
            }
            let later = groups[(index + 1)...].flatMap(Self.claims)
            for answered in await ask(group, before: later, until: deadline, outcome, lanes) {
                take(answered, lanes, into: &outcome)
            }
            // Only at the end, when the last ones asked were judges.
            outcome.hasJudges = group.contains(where: \.isJudge)
        }
        return outcome
    }

    /// Asks those of a group, all at once, about the candidate as it stands.
    ///
    /// `later` is what those want who are asked after them.
    /// - Returns: what became of each, in the group's order, however they answered.
    private func ask(
        _ group: [Asking],
        before later: [ChainBudget.Claim],
        until deadline: Int,
        _ outcome: Outcome,
        _ lanes: ChainLanes
    ) async -> [Answered] {
        /// The share of the first, which the others of its plugin follow.
        func share(_ askings: some Sequence<Asking>) -> Int {
            ChainBudget.share(of: askings.map(\.step.claim) + later, remaining: deadline - clock.microseconds())
        }
        if group.count == 1 {
            let turn = lanes.lineUp([group[0].plugin.id])[0]
            return [await ask(group[0], turn, share: share(group), on: outcome, lanes)]
        }
        // Exchanges of one plugin about one document never overlap, so what one plugin is asked twice is one after the other.
        let byPlugin = Dictionary(grouping: group.indices) { group[$0].plugin.id }
        let plugins = byPlugin.keys.sorted()
        let turns = lanes.lineUp(plugins)
        let results = await withTaskGroup(of: [(Int, Answered)].self) { tasks in
            for (plugin, turn) in zip(plugins, turns) {
                let indices = byPlugin[plugin] ?? []
                tasks.addTask {
                    var results: [(Int, Answered)] = []
                    for (number, index) in indices.enumerated() {
                        // A turn that waits to see whether there is a state to store goes on to the next exchange.
                        let last = results.last?.1
                        let turn = results.isEmpty ? turn : last?.turn?.hadAlready ?? lanes.lineUp([plugin])[0]
                        if !results.isEmpty { results[results.count - 1].1.turn = nil }
                        let asking = group[index]
                        let state = results.compactMap(\.1.state).last
                        let share = share(indices[number...].lazy.map { group[$0] })
                        results.append(
                            (index, await ask(asking, turn, share: share, on: outcome, state: state, lanes))
                        )
                    }
                    return results
                }
            }
            return await tasks.reduce(into: []) { $0 += $1 }
        }
        return results.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// What those of a group want together.
    private static func claims(of group: [Asking]) -> [ChainBudget.Claim] {
        ChainBudget.Claim.together(
            Dictionary(grouping: group) { $0.plugin.id }.values.map { $0.map(\.step.claim) }
        )
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
        if request.dryRun, step.candidate.subscription.sideEffects != .none {
            record.outcome = .skipped
            record.warnings = ["not asked: it may have side effects, and this is a dry run"]
        }
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
        in outcome: inout Outcome
    ) {
        let plugin = asking.plugin
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

    /// Waits for the plugin's turn and asks it about the candidate as it stands.
    ///
    /// `state` is what the plugin answered that it wants to remember, if it was asked in this group before.
    private func ask(
        _ asking: Asking,
        _ turn: ChainLanes.Turn,
        share: Int,
        on outcome: Outcome,
        state: JSON? = nil,
        _ lanes: ChainLanes
    ) async -> Answered {
        var record = asking.record
        let result = await ask(asking, turn, share: share, on: outcome, state: state, &record, lanes)
        var answered = Answered(asking: asking, record: record, result: result, turn: turn)
        if answered.state ?? state == nil {
            answered.turn = nil
            lanes.end(turn)
            placeFreed(turn.plugin)
        }
        return answered
    }

    private func ask(
        _ asking: Asking,
        _ turn: ChainLanes.Turn,
        share: Int,
        on outcome: Outcome,
        state: JSON?,
        _ record: inout ExchangeRecord,
        _ lanes: ChainLanes
    ) async -> Result<PluginAnswer, Refusal> {
        let plugin = asking.plugin
        record.revision = outcome.candidate.document.revision
        // What plugins added since the chain began may have raised events too.
        let events =
            outcome.candidate.parts.count == asking.parts
            ? asking.events : events(of: asking, EventDerivation(outcome.candidate))
        record.events = events.map(ExchangeRecord.EventReference.init)
        guard share > 0 else { return .failure(.budgetSpent(limits.chainTime.microseconds)) }
        let waited: Int
        switch await enter(turn, lanes, share: share) {
        case .success(let time): waited = time
        case .failure(let refusal): return .failure(refusal)
        }
        record.timings.queue += waited
        record.timings.total += waited
        running.begin(
            record,
            document: asking.request.document,
            events: events,
            owner: turn.owner
        )
        let question = ExchangeRunner.Question(
            registered: asking.step.candidate.registered,
            selection: asking.step.candidate.subscription.selection,
            writes: asking.step.candidate.subscription.writes,
            events: events,
            actor: asking.request.actor,
            document: asking.request.document,
            snapshot: outcome.snapshot,
            state: state ?? outcome.states.last { $0.plugin == plugin.id }?.state,
            dryRun: asking.request.dryRun,
            budget: share - waited,
            hasPlace: false
        )
        let result = await runner.ask(question, &record)
        running.end(record.id)
        return result
    }

    /// Applies what a plugin said to the candidate, and ends its turn, or keeps its lane for a state that is to be stored.
    private func take(_ answered: Answered, _ lanes: ChainLanes, into outcome: inout Outcome) {
        let plugin = answered.asking.plugin
        var record = answered.record
        let applied = apply(answered.result, plugin, to: &outcome, &record)
        note(applied, answered.asking, record, in: &outcome)
        guard let turn = answered.turn else { return }
        let hasState = outcome.states.contains { $0.plugin == plugin.id }
        if hasState, !answered.asking.request.dryRun { lanes.keep(turn) } else { lanes.end(turn) }
        placeFreed(plugin.id)
    }

    /// Waits until no other exchange of the plugin about this document is under way.
    ///
    /// - Returns: how long that took.
    private func enter(_ turn: ChainLanes.Turn, _ lanes: ChainLanes, share: Int) async -> Result<Int, Refusal> {
        let began = clock.microseconds()
        do {
            try await lanes.enter(turn, timeout: .microseconds(share))
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
