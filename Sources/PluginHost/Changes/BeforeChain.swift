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
        var candidate: Candidate
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
    }

    /// What it takes to ask one plugin.
    private struct Asking {
        var step: MatchIndex.Step
        var share: Int
        var main: EventID
        var request: ChangeRequest
        var causality: Causality
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
        var outcome = Outcome(candidate: candidate)
        let event: EventID = ids.next()
        for (index, step) in steps.enumerated() {
            let plugin = step.candidate.plugin
            var record = ExchangeRecord(
                id: ids.next(),
                plugin: plugin.id,
                pluginName: plugin.name,
                pluginVersion: plugin.manifest.version,
                document: request.document,
                revision: outcome.candidate.document.revision,
                phase: .before,
                events: [],
                time: clock.now()
            )
            record.timings.match = matchMicroseconds
            let isRequired = step.candidate.subscription.onFailure == .reject
            if step.candidate.subscription.writes?.isEmpty == true { outcome.hasJudges = true }

            if request.dryRun, step.candidate.subscription.sideEffects != .none {
                record.outcome = .skipped
                outcome.records.append(record)
                outcome.warnings.append("\(plugin.name) was not asked: it may have side effects, and this is a dry run")
                continue
            }
            let claims = steps[index...].map(\.claim)
            let share = ChainBudget.share(of: claims, remaining: deadline - clock.microseconds())
            let question = Asking(step: step, share: share, main: event, request: request, causality: causality)
            let result = await ask(question, &outcome, &record, lanes)
            switch result {
            case .success(let answer):
                if let verdict = answer.verdict, !verdict.allow {
                    record.denied = true
                    record.outcome = .refused
                    outcome.records.append(record)
                    outcome.deny(plugin, verdict, record, request, time: clock.now())
                    return outcome
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
                if isRequired {
                    outcome.reject(plugin, refusal, record, request, time: clock.now())
                    return outcome
                }
                outcome.warnings.append("\(plugin.name) was skipped: \(refusal.message)")
                if step.candidate.subscription.onFailure == .flag { flag(&outcome, plugin, request) }
            }
        }
        return outcome
    }

    /// Takes the plugin's lane and asks it; gives the lane back unless it answered with a state.
    private func ask(
        _ asking: Asking,
        _ outcome: inout Outcome,
        _ record: inout ExchangeRecord,
        _ lanes: ChainLanes
    ) async -> Result<PluginAnswer, Refusal> {
        let plugin = asking.step.candidate.plugin
        let events = EventDerivation(
            fromRevision: outcome.candidate.base,
            document: outcome.candidate.document,
            mutations: outcome.candidate.mutations,
            isDeletion: outcome.candidate.isDeletion
        ).events(
            asking.step.wanted,
            phase: .before,
            main: asking.main,
            time: record.time,
            causality: asking.causality,
            ids: ids
        )
        record.events = events.map { ExchangeRecord.EventReference(id: $0.id, type: $0.type) }
        guard asking.share > 0 else { return .failure(.budgetSpent(limits.chainTime.microseconds)) }
        let waited: Int
        switch await enter(plugin, lanes, share: asking.share) {
        case .success(let time): waited = time
        case .failure(let refusal): return .failure(refusal)
        }
        record.timings.queue += waited
        record.timings.total += waited
        running.begin(record.id, plugin: plugin.id, events: events, owner: lanes.owner)
        let question = ExchangeRunner.Question(
            registered: asking.step.candidate.registered,
            selection: asking.step.candidate.subscription.selection,
            events: events,
            actor: asking.request.actor,
            document: asking.request.document,
            snapshot: DocumentSnapshot(outcome.candidate.document),
            state: outcome.states.last { $0.plugin == plugin.id }?.state,
            dryRun: asking.request.dryRun,
            budget: asking.share - waited,
            hasPlace: false
        )
        let result = await runner.ask(question, &record)
        running.end(record.id)
        let applied = apply(result, plugin, to: &outcome, &record)
        let hasState = if case .success(let answer) = applied { answer.state != nil } else { false }
        let isHeld = outcome.states.contains { $0.plugin == plugin.id }
        if asking.request.dryRun || !hasState && !isHeld { lanes.leave(plugin.id) }
        placeFreed(plugin.id)
        return applied
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
            let violations = types.violations(in: DocumentSnapshot(candidate.document), limits: limits)
            if !violations.isEmpty {
                record.mutations = 0
                return .failure(.documentTypeViolated(candidate.document.type, violations))
            }
        }
        record.outcome = record.mutations > 0 ? .applied : .nothing
        outcome.candidate = candidate
        return result
    }

    private func flag(_ outcome: inout Outcome, _ plugin: Plugin, _ request: ChangeRequest) {
        // A tag the document already has changes nothing; that the tag cannot be set is no reason to fail the change.
        _ = try? outcome.candidate.add(
            [.flag],
            actor: .host,
            plugin: plugin.id,
            exchange: outcome.records.last?.id,
            context: context(.host)
        )
        outcome.entries.append(.flagged(plugin, outcome.records.last, actor: request.actor, time: clock.now()))
    }

    private func context(_ actor: Actor) -> ApplyContext {
        ApplyContext(actor: actor, time: clock.now(), ids: ids, limits: limits.document)
    }
}

extension BeforeChain.Outcome {
    /// Refuses the change in a plugin's name.
    mutating func deny(
        _ plugin: Plugin,
        _ verdict: Verdict,
        _ record: ExchangeRecord,
        _ request: ChangeRequest,
        time: Timestamp
    ) {
        let first = verdict.reasons.first?.message
        var error = HostError(
            .deniedByPlugin,
            "\(plugin.name) denied the change" + (first.map { ": \($0)" } ?? "; it gave no reason"),
            hint: verdict.reasons.contains { !$0.suggest.isEmpty }
                ? "the reasons bring commands that would make the change acceptable" : nil
        )
        error.plugin = plugin.name
        error.exchange = record.id
        error.reasons = verdict.reasons.map { reason in
            HostError.Reason(
                plugin: plugin.name,
                pointer: reason.pointer?.description,
                message: reason.message,
                suggest: reason.suggest
            )
        }
        self.error = error
        var writer = JSONWriter(reserving: 256)
        verdict.write(into: &writer)
        entries.append(.aboutChange(.changeDenied, record, actor: request.actor, time: time, payload: writer.bytes))
    }

    /// Refuses the change since a plugin that must answer did not.
    mutating func reject(
        _ plugin: Plugin,
        _ refusal: Refusal,
        _ record: ExchangeRecord,
        _ request: ChangeRequest,
        time: Timestamp
    ) {
        var error = HostError(
            .pluginFailed,
            "The change was refused because \(plugin.name), which must agree, failed: \(refusal.message)",
            hint: "an administrator can disable the plugin or set its subscription's onFailure to skip"
        )
        error.plugin = plugin.name
        error.exchange = record.id
        error.refusal = refusal
        self.error = error
        var writer = JSONWriter(reserving: 256)
        refusal.write(into: &writer)
        entries.append(.aboutChange(.changeRejected, record, actor: request.actor, time: time, payload: writer.bytes))
    }
}

extension MatchIndex.Step {
    /// What this step wants of the chain's budget.
    fileprivate var claim: ChainBudget.Claim {
        ChainBudget.Claim(
            timeout: candidate.subscription.timeout.microseconds,
            isRequired: candidate.subscription.onFailure == .reject
        )
    }
}

extension Refusal {
    static func laneBusy(_ share: Int) -> Refusal {
        Refusal(
            .budgetSpent,
            "the plugin's share of \(share / 1000) ms went by while other exchanges about this document were under way with it",
            rule: "queue",
            limit: .integer(share / 1000)
        )
    }

    static let laneDeadlock = Refusal(
        .budgetSpent,
        "an exchange about this document is under way with the plugin, and that one waits for this change",
        rule: "queue"
    )

    static func laneOverloaded(_ waiting: Int, limit: Int) -> Refusal {
        Refusal(
            .overloaded,
            "\(waiting) exchanges about this document wait for the plugin already",
            rule: "exchangesWaiting",
            limit: .integer(limit),
            actual: .integer(waiting)
        )
    }
}
