public import DocumentModel
import JSONSchema
import Logging
import NIOConcurrencyHelpers
public import PluginProtocol

/// Takes the answers that plugins announced by status 202 or `defer`, and ends the exchanges whose answer never came.
///
/// Who has the URL of a continuation may post to it, and nobody else; the host looks at a post as strictly as at an answer
/// that came at once. `Sendable`.
public final class LateAnswers: Sendable {
    /// What became of an answer.
    public enum Receipt: Sendable {
        /// It was applied; so many commands changed something, none if it had nothing to say.
        case applied(mutations: Int)
        /// It waits for a person's decision.
        case proposed(ProposalID)
    }

    /// An answer that can be read, and what is known of its exchange.
    struct Taken: Sendable {
        var deferred: DeferredExchange
        var record: ExchangeRecord
        var answer: PluginAnswer
        var registered: RegisteredPlugin
        var subscription: Subscription
    }

    private enum Verdict: Sendable {
        case taken(Receipt)
        case refused(Refusal)
    }

    /// How many exchanges are ended in one sweep, so that others get their turn between.
    private static let endedAtOnce = 256
    /// How long a post waits for its exchange, if the plugin posts before the host has stored that it deferred.
    private static let patience = (tries: 100, pause: Duration.milliseconds(20))

    private let store: any HostStore
    private let changes: AnsweredChanges
    private let continuations: Continuations
    private let logger: Logger
    private let inFlight = InFlight<ExchangeID>()

    private var planner: CommitPlanner { changes.planner }
    private var clock: HostClock { planner.clock }
    private var limits: Limits { planner.limits }

    init(store: any HostStore, changes: AnsweredChanges, continuations: Continuations, logger: Logger) {
        self.store = store
        self.changes = changes
        self.continuations = continuations
        self.logger = logger
    }

    /// Takes an answer.
    ///
    /// - Parameters:
    ///   - exchange: from the URL.
    ///   - token: the URL's secret part.
    ///   - contentType: the header as it came, nil if there was none.
    ///   - body: the whole body.
    /// - Returns: what became of it.
    /// - Throws: ``HostError`` of code `not-found` for a URL that the host never gave out, `continuation-expired`,
    ///   `continuation-spent`, `already-answered`, `not-deferred`, `request-in-flight` while it is not known yet, and
    ///   `answer-refused` with the reason in `refusal`; that post counts.
    public func take(
        _ exchange: ExchangeID,
        token: String,
        contentType: String?,
        body: [UInt8]
    ) async throws -> Receipt {
        try await inFlight.alone(exchange) {
            let deferred = try await waiting(exchange, token: token)
            guard var record = try await store.exchange(exchange) else { throw HostError.noContinuation }
            do {
                let answer = try read(contentType, body)
                let (registered, subscription) = try party(of: deferred, answer)
                record.response = body
                record.warnings = answer.warnings
                record.notes = answer.notes.isEmpty ? nil : .object(answer.notes)
                record.denied = answer.verdict?.allow == false
                let taken = Taken(
                    deferred: deferred,
                    record: record,
                    answer: answer,
                    registered: registered,
                    subscription: subscription
                )
                return try await settle(taken)
            } catch let refusal as Refusal {
                let deferred = try await changes.write(deferred.document) { [record] head, plan in
                    self.count(refusal, deferred, record, head, &plan)
                }
                throw HostError.answerRefused(refusal, deferred, left: limits.continuationPosts - deferred.refused)
            }
        }
    }

    /// Ends exchanges whose time is over, once a second, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await clock.sleep(.seconds(1)) } catch { return }
            do {
                try await sweep()
            } catch {
                logger.error("exchanges whose answer never came could not be ended", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Ends exchanges whose time is over, at most ``endedAtOnce``.
    private func sweep() async throws {
        let over = try await store.deferredExchanges(expiredBy: clock.now(), limit: Self.endedAtOnce)
        for deferred in over {
            do {
                try await inFlight.alone(deferred.exchange) { try await end(deferred.exchange) }
            } catch let error as HostError where error.code == .requestInFlight {
                // A post that came in time is being looked at; the next sweep comes by again.
                continue
            }
        }
    }

    private func end(_ exchange: ExchangeID) async throws {
        // Read again: it may have been answered since the sweep began.
        guard let deferred = try await store.deferredExchange(exchange) else { return }
        let isOpen = !deferred.isAnswered && deferred.refused < limits.continuationPosts
        // One at a time: a record brings its bodies along.
        let record = isOpen ? try await store.exchange(exchange) : nil
        try await changes.write(deferred.document) { head, plan in
            var later = LaterWrites()
            later.expired = [exchange]
            plan.writes.later = later
            guard var record else { return }
            let refusal = Refusal.neverCame(within: self.limits.continuationTime)
            record.outcome = .late
            record.refusal = refusal
            self.note(refusal, deferred, record, head, &plan)
        }
    }

    // MARK: One post

    /// The exchange, if it waits for an answer.
    private func waiting(_ exchange: ExchangeID, token: String) async throws -> DeferredExchange {
        guard continuations.isGenuine(token, of: exchange) else { throw HostError.noContinuation }
        for _ in 0..<Self.patience.tries {
            if let deferred = try await store.deferredExchange(exchange) {
                guard clock.now() < deferred.expires else { throw HostError.continuationExpired(deferred.expires) }
                guard !deferred.isAnswered else { throw HostError.alreadyAnswered(exchange) }
                guard deferred.refused < limits.continuationPosts else {
                    throw HostError.continuationSpent(exchange, limit: limits.continuationPosts)
                }
                return deferred
            }
            guard let record = try await store.exchange(exchange) else { throw HostError.noContinuation }
            let expires = continuations.expiry(of: record)
            guard clock.now() < expires else { throw HostError.continuationExpired(expires) }
            guard record.outcome == nil || record.outcome == .late else { throw HostError.notDeferred(record) }
            try await clock.sleep(Self.patience.pause)
        }
        throw HostError(
            .requestInFlight,
            "The exchange \(exchange) is under way still; its answer is not deferred yet",
            hint: "answer it with status 202 first, then post here"
        )
    }

    private func read(_ contentType: String?, _ body: [UInt8]) throws(Refusal) -> PluginAnswer {
        let answer = try PluginAnswer.read(status: 200, contentType: contentType, body: body, limits: limits)
        guard answer.defer == nil else { throw .deferredAgain }
        return answer
    }

    /// The plugin and its subscription as they are now, if the answer is one that they may give.
    private func party(
        of deferred: DeferredExchange,
        _ answer: PluginAnswer
    ) throws(Refusal) -> (RegisteredPlugin, Subscription) {
        guard let registered = planner.registry[deferred.plugin] else { throw .pluginGone("deleted") }
        if let refusal = planner.refusal(of: answer.commands, by: deferred.plugin) { throw refusal }
        guard let subscription = registered.subscription(deferred.subscription)?.subscription else {
            throw .subscriptionGone
        }
        if let writes = subscription.writes,
            let refusal = DeclaredWrites(writes).refusal(of: answer.commands, plugin: registered.plugin)
        {
            throw refusal
        }
        return (registered, subscription)
    }

    /// - Throws: ``Refusal``, or what the store says.
    private func settle(_ taken: Taken) async throws -> Receipt {
        let change = CommitPlanner.AnsweredChange(
            commands: taken.answer.commands,
            document: taken.deferred.document,
            plugin: taken.registered.plugin,
            exchange: taken.deferred.exchange,
            causality: taken.deferred.causality(taken.record)
        )
        let base = taken.deferred.revision
        guard !change.commands.isEmpty, !taken.registered.plugin.scopes.contains(.answersLate) else {
            return try await apply(taken, change, base)
        }
        let conflict = try await changes.attempt(change, on: base)
        if let conflict, conflict.kind != .conflict { throw conflict }
        guard let base else { throw Refusal.documentGone }
        return try await changes.write(change.document) { _, plan in
            self.propose(taken, change, base, .late, because: conflict, &plan)
        }
    }

    private func apply(
        _ taken: Taken,
        _ change: CommitPlanner.AnsweredChange,
        _ base: Int?
    ) async throws -> Receipt {
        guard !change.commands.isEmpty else {
            return try await changes.write(nil) { _, plan in self.close(taken, mutations: 0, &plan) }
        }
        let planner = planner
        let verdict: Verdict = try await changes.settle(
            change,
            on: base,
            mayApply: { planner.refusal(of: $0, by: change.plugin.id) },
            conclude: { outcome, _, plan in
                switch outcome {
                case .applied(let mutations, _):
                    return .taken(self.close(taken, mutations: mutations, &plan))
                case .refused(let refusal):
                    guard let base, refusal.kind == .conflict, taken.subscription.onConflict == .propose else {
                        return .refused(refusal)
                    }
                    return .taken(self.propose(taken, change, base, .conflict, because: refusal, &plan))
                }
            }
        )
        switch verdict {
        case .taken(let receipt): return receipt
        case .refused(let refusal): throw refusal
        }
    }

    /// Ends the exchange with an answer that was applied.
    private func close(_ taken: Taken, mutations: Int, _ plan: inout CommitPlanner.Plan) -> Receipt {
        var record = taken.record
        record.mutations = mutations
        record.outcome = mutations > 0 ? .applied : .nothing
        keep(taken, record, &plan)
        return .applied(mutations: mutations)
    }

    /// Keeps the answer for a person to decide about.
    private func propose(
        _ taken: Taken,
        _ change: CommitPlanner.AnsweredChange,
        _ base: Int,
        _ origin: Proposal.Origin,
        because conflict: Refusal?,
        _ plan: inout CommitPlanner.Plan
    ) -> Receipt {
        var record = taken.record
        let id = planner.propose(change, on: base, origin, because: conflict, &record, &plan)
        keep(taken, record, &plan)
        return .proposed(id)
    }

    private func keep(_ taken: Taken, _ record: ExchangeRecord, _ plan: inout CommitPlanner.Plan) {
        var deferred = taken.deferred
        deferred.isAnswered = true
        plan.writes.changeLater { later in
            later.deferred.append(deferred)
            later.amended.append(record)
        }
        guard let state = taken.answer.state else { return }
        taken.registered.runtime.mayHaveState.withLockedValue { $0 = true }
        plan.writes.pluginStates.append(
            PluginState(plugin: deferred.plugin, document: deferred.document, state: state)
        )
        if taken.registered.isAskedBefore {
            planner.lanes.countState(.init(plugin: deferred.plugin, document: deferred.document))
        }
    }

    /// Counts a post that was refused; the last one permitted ends the exchange.
    private func count(
        _ refusal: Refusal,
        _ deferred: DeferredExchange,
        _ record: ExchangeRecord,
        _ head: DocumentSnapshot?,
        _ plan: inout CommitPlanner.Plan
    ) -> DeferredExchange {
        var deferred = deferred
        deferred.refused += 1
        plan.writes.changeLater { $0.deferred.append(deferred) }
        guard deferred.refused >= limits.continuationPosts else {
            plan.writes.entries.append(LedgerEntry(refusal, record, actor: deferred.actor, time: clock.now()))
            return deferred
        }
        var record = record
        record.outcome = .refused
        record.refusal = refusal
        note(refusal, deferred, record, head, &plan)
        return deferred
    }

    /// Writes that nothing comes of an exchange any more.
    private func note(
        _ refusal: Refusal,
        _ deferred: DeferredExchange,
        _ record: ExchangeRecord,
        _ head: DocumentSnapshot?,
        _ plan: inout CommitPlanner.Plan
    ) {
        plan.writes.changeLater { $0.amended.append(record) }
        plan.writes.entries.append(LedgerEntry(refusal, record, actor: deferred.actor, time: clock.now()))
        guard let head, let registered = planner.registry[deferred.plugin],
            registered.subscription(deferred.subscription)?.subscription.onFailure == .flag
        else { return }
        planner.flag(
            head,
            record,
            actor: deferred.actor,
            plugin: registered.plugin,
            causality: deferred.causality(record),
            settlements: [],
            types: changes.types,
            plan: &plan
        )
    }
}

extension DeferredExchange {
    /// Where a change stands that comes of the answer to an exchange.
    func causality(_ record: ExchangeRecord) -> Causality {
        Causality(hop: hop, causes: causes, origin: plugin, trace: record.trace)
    }
}
