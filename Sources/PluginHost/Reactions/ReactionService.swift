import DocumentModel
import JSONSchema
import Logging
import NIOConcurrencyHelpers
import PluginProtocol

/// Carries out the exchanges of the `after` phase and applies what plugins answer.
///
/// `Sendable`.
final class ReactionService: Sendable {
    /// The document is at another revision than the answer was made for.
    private struct Moved: Error {
        var revision: Int
    }

    /// An answer on its way to the latest revision.
    private struct Latest: Sendable {
        var result: Result<PluginAnswer, Refusal>
        /// The revision that the commands fit by now.
        var base: Int?
        /// The commands as the plugin made them, and the revision that it made them on.
        var made: (commands: [Command], revision: Int)?
    }

    private enum Work: Sendable {
        case react(Reaction)
        case settle(Writes)
        case wake(PluginID)
    }

    private struct State {
        var active = 0
        /// Until when exchanges that began may be handed over, once the host is stopping.
        var handOverEnd: Int?
        var settlements: [ObjectIdentifier: Settlement] = [:]
    }

    /// How often an answer is moved forward before it is given up as a conflict.
    private static let movesLimit = 8
    /// How many pieces of work are settled in one transaction, so that others get their turn between.
    private static let dropsAtOnce = 256

    private let store: any HostStore
    private let runner: ExchangeRunner
    let planner: CommitPlanner
    private let types: DocumentTypes
    private let running: RunningExchanges
    private let continuations: Continuations
    private let logger: Logger
    private let patiently: PatientStoring
    private let state = NIOLockedValueBox(State())
    private let work: AsyncStream<Work>
    private let workContinuation: AsyncStream<Work>.Continuation

    var clock: HostClock { planner.clock }
    var limits: Limits { planner.limits }

    init(
        store: any HostStore,
        runner: ExchangeRunner,
        planner: CommitPlanner,
        types: DocumentTypes,
        running: RunningExchanges,
        continuations: Continuations,
        logger: Logger
    ) {
        self.store = store
        self.runner = runner
        self.planner = planner
        self.types = types
        self.running = running
        self.continuations = continuations
        self.logger = logger
        self.patiently = PatientStoring(clock: planner.clock, logger: logger)
        // Bounded by the plugins' places: a reaction is handed over only once it has one.
        (work, workContinuation) = AsyncStream.makeStream()
        planner.lanes.whenDrained { [workContinuation] in workContinuation.finish() }
        planner.lanes.whenReady { [workContinuation] in workContinuation.yield(.wake($0)) }
    }

    /// Begins reactions whose transaction is durable.
    func start(_ reactions: [Reaction]) {
        guard !reactions.isEmpty else { return }
        for reaction in reactions { workContinuation.yield(.react(reaction)) }
        planner.lanes.handOver(reactions.count)
    }

    /// Gives a plugin's waiting work a chance, since one of its places may be free.
    func wake(_ plugin: PluginID) {
        if planner.lanes.hasReadyWork(plugin) { workContinuation.yield(.wake(plugin)) }
    }

    /// Stores how exchanges ended that came to nothing else, as soon as the store takes it.
    func settleLater(_ writes: Writes) { workContinuation.yield(.settle(writes)) }

    /// Settles what waits for a plugin that is not asked any more.
    ///
    /// Done once the registry knows, so that nothing is added behind it; what a crash leaves in the store is settled when its turn comes.
    func drop(_ plugin: Plugin, _ refusal: Refusal) async { await drop(plugin.id, plugin, refusal) }

    private func drop(_ id: PluginID, _ plugin: Plugin?, _ refusal: Refusal) async {
        let dropped = planner.lanes.drop(id)
        for start in stride(from: 0, to: dropped.count, by: Self.dropsAtOnce) {
            let items = Array(dropped[start..<min(start + Self.dropsAtOnce, dropped.count)])
            do {
                try await write(nil) { _, plan in self.planner.settle(items, of: plugin, refusal, plan: &plan) }
            } catch {
                var plan = CommitPlanner.Plan()
                planner.settle(items, of: plugin, refusal, plan: &plan)
                for settlement in plan.released { settlement.end() }
                settleLater(plan.writes)
            }
        }
    }

    /// Waits until all reactions that hold the settlement have ended, or its deadline is over.
    func wait(for settlement: Settlement) async {
        if settlement.isSettled { return }
        state.withLockedValue { $0.settlements[ObjectIdentifier(settlement)] = settlement }
        await settlement.wait()
        state.withLockedValue { $0.settlements[ObjectIdentifier(settlement)] = nil }
    }

    /// Lets no further work begin; ``run()`` ends when what is under way has ended.
    ///
    /// What a decision has begun already is carried out, although whoever asked for that decision may hand it over only now.
    func stop() {
        let end = clock.microseconds() + runner.configuration.shutdownGrace.microseconds
        state.withLockedValue { $0.handOverEnd = $0.handOverEnd ?? end }
        planner.lanes.stop()
    }

    /// Carries out reactions until ``stop()``; then waits for those under way, at most the grace period, and cuts the rest off.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.expireSettlements() }
            for plugin in planner.lanes.pluginsWithReadyWork { wake(plugin) }
            for await item in work {
                state.withLockedValue { $0.active += 1 }
                group.addTask {
                    await self.perform(item)
                    self.state.withLockedValue { $0.active -= 1 }
                }
            }
            let end = clock.microseconds() + runner.configuration.shutdownGrace.microseconds
            while state.withLockedValue({ $0.active }) > 0, clock.microseconds() < end {
                try? await clock.sleep(.milliseconds(10))
            }
            group.cancelAll()
        }
        for settlement in state.withLockedValue({ Array($0.settlements.values) }) { settlement.expire() }
    }

    private func expireSettlements() async {
        while !Task.isCancelled {
            do { try await clock.sleep(.milliseconds(250)) } catch { return }
            let now = clock.microseconds()
            let expired = state.withLockedValue { state in state.settlements.values.filter { $0.deadline <= now } }
            for settlement in expired { settlement.expire() }
            if let end = state.withLockedValue({ $0.handOverEnd }), end <= now { workContinuation.finish() }
        }
    }

    private func perform(_ work: Work) async {
        switch work {
        case .react(let reaction):
            await react(reaction)
        case .settle(let writes):
            await settle(writes)
        case .wake(let plugin):
            guard planner.registry[plugin] != nil else {
                // It was deleted, and the host stopped before its work was settled.
                return await drop(plugin, nil, .pluginGone("deleted"))
            }
            do {
                try await write(nil) { _, plan in self.planner.next(plugin, plan: &plan) }
            } catch {
                logger.error("waiting work could not be begun", metadata: ["error": "\(error)"])
                try? await clock.sleep(.seconds(1))
                wake(plugin)
            }
        }
    }

    private func settle(_ writes: Writes) async {
        _ = await patiently.store("the ends of \(writes.exchangesEnded.count) exchanges") {
            try await self.write(nil) { _, plan in plan.writes = writes }
        } onDelay: {
        } onRefusal: { _ in
            try await self.write(nil) { _, plan in plan.writes.exchangesEnded = writes.exchangesEnded }
        }
    }

    private func react(_ reaction: Reaction) async {
        var record = reaction.record
        var result: Result<PluginAnswer, Refusal>
        var base: DocumentSnapshot?
        do {
            base = try await store.document(reaction.document)
            running.begin(
                record,
                document: reaction.document,
                events: reaction.events,
                owner: reaction.owner
            )
            defer { running.end(record.id) }
            record.revision = base?.document.revision ?? record.revision
            let question = ExchangeRunner.Question(
                registered: reaction.registered,
                selection: reaction.subscription.selection,
                writes: reaction.subscription.writes,
                events: reaction.events,
                actor: reaction.actor,
                document: reaction.document,
                snapshot: base ?? reaction.snapshot,
                continuation: continuations.offer(record),
                budget: reaction.subscription.timeout.microseconds,
                hasPlace: true
            )
            result = await runner.ask(question, &record)
        } catch {
            result = .failure(Refusal(.overloaded, "the host could not read the document: \(error)"))
        }
        // The plugin is free for another exchange; what becomes of this one is the host's business.
        reaction.registered.runtime.bulkhead.leave()
        if case .success(let answer) = result {
            record.warnings = answer.warnings
            record.notes = answer.notes.isEmpty ? nil : .object(answer.notes)
            record.denied = answer.verdict?.allow == false
            if let refusal = answer.refusalOfDeferral { result = .failure(refusal) }
        }
        let prepared = prepare(result, reaction, record, base)
        await conclude(reaction, record, result, prepared, base: base?.document.revision)
    }

    /// Stores how an exchange ended, and applies its answer.
    ///
    /// `base` is the revision that the answer was made on.
    private func conclude(
        _ reaction: Reaction,
        _ record: ExchangeRecord,
        _ result: Result<PluginAnswer, Refusal>,
        _ prepared: PreparedChange?,
        base: Int?
    ) async {
        var latest = Latest(result: result, base: base)
        if case .success(let answer) = result, let base { latest.made = (answer.commands, base) }
        let wasCut = Task.isCancelled
        let failure = await patiently.store("exchange \(record.id)") {
            try await self.store(reaction, record, &latest, prepared, wasCut: wasCut)
        } onDelay: {
            // Whoever waits for it is told that it is pending still.
            for settlement in reaction.settlements { settlement.expire() }
        } onRefusal: { error in
            latest = Latest(result: .failure(.notStored(error)))
            try await self.store(reaction, record, &latest, prepared, wasCut: wasCut)
        }
        if failure != nil {
            // The next start marks it as interrupted. Its plugin's other work goes on.
            planner.lanes.leave(reaction.lane, reaction.owner)
        }
        // Work may have become ready that no transaction has begun.
        wake(reaction.registered.plugin.id)
        for settlement in reaction.settlements { settlement.end() }
    }

    /// Applies the answer on the latest revision, moving it forward as often as the document moves on.
    private func store(
        _ reaction: Reaction,
        _ record: ExchangeRecord,
        _ latest: inout Latest,
        _ prepared: PreparedChange?,
        wasCut: Bool
    ) async throws {
        for attempt in 0...Self.movesLimit {
            let current = latest
            let isLast = attempt == Self.movesLimit
            do {
                return try await write(reaction.document) { head, plan in
                    try self.decide(
                        reaction,
                        record,
                        current,
                        prepared,
                        head: head,
                        wasCut: wasCut,
                        isLast: isLast,
                        plan: &plan
                    )
                }
            } catch let moved as Moved {
                guard case .success(var answer) = latest.result, let from = latest.base else { throw moved }
                do {
                    let later = try await store.mutations(of: reaction.document, after: from, through: moved.revision)
                    answer.commands = try DocumentModel.move(answer.commands, through: later)
                    latest.result = .success(answer)
                } catch let error as CommandError {
                    latest.result = .failure(Refusal(error, op: answer.op(at: error.commandIndex)))
                } catch {
                    latest.result = .failure(
                        Refusal(.conflict, "the document moved on, and its history could not be read: \(error)")
                    )
                }
                latest.base = moved.revision
            }
        }
    }

    private func decide(
        _ reaction: Reaction,
        _ record: ExchangeRecord,
        _ latest: Latest,
        _ prepared: PreparedChange?,
        head: DocumentSnapshot?,
        wasCut: Bool,
        isLast: Bool,
        plan: inout CommitPlanner.Plan
    ) throws {
        var record = record
        let began = clock.microseconds()
        let plugin = reaction.registered.plugin
        var refusal: Refusal?
        switch latest.result {
        case .success(let answer):
            if let deferral = answer.defer {
                planner.wait(for: deferral, of: reaction, until: continuations.expiry(of: record), &record, &plan)
                break
            }
            if let state = answer.state {
                reaction.registered.runtime.mayHaveState.withLockedValue { $0 = true }
                plan.writes.pluginStates = [PluginState(plugin: plugin.id, document: reaction.document, state: state)]
                if reaction.registered.isAskedBefore { planner.lanes.countState(reaction.lane) }
            }
            if !answer.commands.isEmpty {
                if let head, head.document.revision != latest.base, !isLast {
                    throw Moved(revision: head.document.revision)
                }
                refusal = apply(answer, prepared, reaction, &record, head: head, isConflict: isLast, plan: &plan)
            }
            record.outcome = refusal.map(ExchangeRecord.Outcome.init) ?? (record.mutations > 0 ? .applied : .nothing)
        case .failure(let failure):
            refusal = failure
            record.outcome = wasCut ? .interrupted : ExchangeRecord.Outcome(failure)
        }
        if let refusal {
            record.refusal = refusal
            if refusal.kind == .conflict, reaction.subscription.onConflict == .propose, !wasCut, let made = latest.made
            {
                let change = change(made.commands, reaction, record)
                planner.propose(change, on: made.revision, .conflict, because: refusal, &record, &plan)
            }
            plan.writes.pluginStates = []
            plan.writes.entries.append(LedgerEntry(refusal, record, actor: reaction.actor, time: clock.now()))
            if reaction.subscription.onFailure == .flag, !wasCut, let head {
                planner.flag(
                    head,
                    record,
                    actor: reaction.actor,
                    plugin: plugin,
                    causality: Causality(
                        hop: (reaction.events.map(\.hop).max() ?? 0) + 1,
                        causes: reaction.events.map(\.id),
                        origin: plugin.id,
                        trace: record.trace
                    ),
                    settlements: reaction.settlements,
                    types: types,
                    plan: &plan
                )
            }
        }
        record.timings.apply = clock.microseconds() - began
        plan.writes.exchangesEnded.append(record)
        for settlement in reaction.settlements { plan.records.append((settlement, record)) }
        planner.finish(reaction, plan: &plan)
    }

    /// Applies an answer's commands to the head.
    ///
    /// - Returns: why they were refused; nil if they were applied or changed nothing.
    private func apply(
        _ answer: PluginAnswer,
        _ prepared: PreparedChange?,
        _ reaction: Reaction,
        _ record: inout ExchangeRecord,
        head: DocumentSnapshot?,
        isConflict: Bool,
        plan: inout CommitPlanner.Plan
    ) -> Refusal? {
        if let refusal = planner.refusal(of: answer.commands, by: reaction.registered.plugin.id) { return refusal }
        if isConflict, head != nil { return .movedTooOften(Self.movesLimit) }
        switch planner.apply(change(answer.commands, reaction, record), prepared, on: head, types: types, plan: &plan) {
        case .success(let mutations):
            record.mutations = mutations
            return nil
        case .failure(let refusal):
            return refusal
        }
    }

    private func write(
        _ document: DocumentID?,
        _ decide: @escaping @Sendable (DocumentSnapshot?, inout CommitPlanner.Plan) throws -> Void
    ) async throws {
        let plan = try await planner.write(store, document: document, decide)
        for (settlement, record) in plan.records { settlement.note(record) }
        start(plan.reactions)
    }
}
