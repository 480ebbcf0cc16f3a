import DocumentModel
import JSONSchema
import Logging
import NIOConcurrencyHelpers
import PluginProtocol

/// Carries out one exchange: breaker, place, request, signature, transfer, answer, grants.
///
/// Knows nothing of documents being changed: what it returns is an answer that was checked as far as it can be without the
/// document. `Sendable`.
struct ExchangeRunner: Sendable {
    /// What a plugin is to be asked.
    ///
    /// `Sendable`.
    struct Question: Sendable {
        var registered: RegisteredPlugin
        var selection: DocumentSelection
        /// The parts of the document that the answer may touch; nil for all that was granted.
        var writes: [JSONPointer]?
        var events: [Event]
        var actor: Actor
        var document: DocumentID
        /// What the plugin sees; nil when the document is gone.
        var snapshot: DocumentSnapshot?
        /// What it wants to remember since its last answer, if that is not stored yet.
        var state: JSON?
        var dryRun = false
        /// Where the answer may come later; nil if it may not.
        var continuation: PluginRequest.Continuation?
        /// For the whole exchange, waiting for a place included; microseconds.
        var budget: Int
        /// Whether a place of the plugin is held for it already.
        var hasPlace: Bool
    }

    /// What sets a request apart by which a plugin is tried, and what only it finds out.
    ///
    /// `Sendable`.
    struct Trial: Sendable {
        /// What is wrong with its signature; nil if it is genuine.
        var fault: SignatureFault?
        /// The only one that signs; nil for all that are live.
        var secret: WebhookSecret?
        /// When the plugin's certificate ends, if that could be seen.
        var certificateEnd: Timestamp?
    }

    let transport: any WebhookTransport
    let store: any HostStore
    let clock: HostClock
    let configuration: HostConfiguration
    let logger: Logger

    private var limits: Limits { configuration.limits }

    /// Asks the plugin and notes everything in the record but how it ended.
    ///
    /// - Returns: the answer, or why there is none that could be used.
    func ask(_ question: Question, _ record: inout ExchangeRecord) async -> Result<PluginAnswer, Refusal> {
        let start = clock.microseconds()
        let runtime = question.registered.runtime
        defer { record.timings.total += clock.microseconds() - start }

        var isProbe = false
        if let refusal = admit(question.registered, &isProbe) { return .failure(refusal) }
        var isCounted = false
        // A call that was let through but never made tells nothing about the plugin.
        defer { if isProbe, !isCounted { runtime.breaker.abandon(now: clock.microseconds()) } }

        if !question.hasPlace {
            if let refusal = await enter(runtime, budget: question.budget, &record) { return .failure(refusal) }
        }
        defer { if !question.hasPlace { runtime.bulkhead.leave() } }
        // Those that the plugin has failed meanwhile were in line before this one.
        if !question.hasPlace, !isProbe, let refusal = admit(question.registered, &isProbe) { return .failure(refusal) }

        let remaining = question.budget - (clock.microseconds() - start)
        guard remaining > 0 else { return .failure(.budgetSpent(question.budget)) }
        let state: JSON?
        do {
            state = try await self.state(of: question)
        } catch {
            return .failure(Refusal(.overloaded, "the host could not read the plugin's state: \(error)"))
        }
        record.request = encoded(question, record.id, budget: remaining, state: state)
        guard record.request.count <= limits.requestBytes else {
            return .failure(.requestTooLarge(bytes: record.request.count, limit: limits.requestBytes))
        }

        var noTrial: Trial?
        let result = await exchange(question.registered.plugin, budget: remaining, &record, trial: &noTrial)
        isCounted = true
        let failure: Refusal? = if case .failure(let refusal) = result { refusal } else { nil }
        if let turn = runtime.breaker.record(failure, of: record.id, isProbe: isProbe, clock: clock) {
            logger.note(turn, of: question.registered.plugin)
        }
        return result.flatMap { answer in
            let refusal = Self.refusal(of: answer, question.registered.plugin, writes: question.writes)
            return refusal.map(Result.failure) ?? .success(answer)
        }
    }

    /// Why an answer goes beyond what the plugin was granted or declared; nil if it does not.
    static func refusal(of answer: PluginAnswer, _ plugin: Plugin, writes: [JSONPointer]?) -> Refusal? {
        Grants.refusal(of: answer.commands, plugin: plugin)
            ?? writes.flatMap { DeclaredWrites($0).refusal(of: answer.commands, plugin: plugin) }
    }

    /// Sends a body that was made already, and reads the answer.
    func exchange(
        _ plugin: Plugin,
        budget: Int,
        _ record: inout ExchangeRecord,
        trial: inout Trial?
    ) async -> Result<PluginAnswer, Refusal> {
        let began = clock.microseconds()
        var triesLeft = 2
        while true {
            triesLeft -= 1
            let remaining = budget - (clock.microseconds() - began)
            var request = signed(record.request, plugin, id: record.id, budget: remaining, trial)
            if let trace = record.trace { request.headers += trace.headers }
            do {
                let reply = try await transport.post(request)
                record.timings.add(reply.timings)
                record.status = reply.status
                record.response = reply.body
                trial?.certificateEnd = reply.certificateEnd
                let received = clock.microseconds()
                defer { record.timings.validate += clock.microseconds() - received }
                return Result { () throws(Refusal) in
                    try PluginAnswer.read(
                        status: reply.status,
                        contentType: reply.contentType,
                        body: reply.body,
                        limits: limits
                    )
                }
            } catch {
                record.timings.add(error.timings)
                // The one repeat that cannot make a plugin see a request twice: nothing of the first was sent.
                let isHarmless = !error.requestWasSent && (error.kind == .sentButReset || error.kind == .connectRefused)
                let left = budget - (clock.microseconds() - began)
                if isHarmless, triesLeft > 0, left > 10_000, !Task.isCancelled { continue }
                return .failure(Refusal(error.kind, error.message))
            }
        }
    }

    /// Asks the circuit breaker.
    private func admit(_ registered: RegisteredPlugin, _ isProbe: inout Bool) -> Refusal? {
        let now = clock.microseconds()
        switch registered.runtime.breaker.admit(now: now) {
        case .call: return nil
        case .probe:
            isProbe = true
            return nil
        case .refuse(let nextProbe):
            let status = registered.runtime.breaker.status(clock: clock)
            return .breakerOpen(registered.plugin, status, wait: .microseconds(max(0, nextProbe - now)))
        }
    }

    private func enter(
        _ runtime: PluginRuntime,
        budget: Int,
        _ record: inout ExchangeRecord
    ) async -> Refusal? {
        let began = clock.microseconds()
        defer { record.timings.queue += clock.microseconds() - began }
        do {
            try await runtime.bulkhead.enter(timeout: .microseconds(budget), clock: clock)
            return nil
        } catch Bulkhead.Refused.overloaded(let waiting) {
            return Refusal(
                .overloaded,
                "\(limits.exchangesAtOnce) exchanges of this plugin are under way and \(waiting) wait already",
                rule: "exchangesWaiting",
                limit: .integer(limits.exchangesWaiting),
                actual: .integer(waiting)
            )
        } catch {
            return .budgetSpent(budget)
        }
    }

    private func state(of question: Question) async throws -> JSON? {
        if let state = question.state { return state }
        let runtime = question.registered.runtime
        guard runtime.mayHaveState.withLockedValue({ $0 }) else { return nil }
        return try await store.pluginState(question.registered.plugin.id, question.document)
    }

    private func encoded(_ question: Question, _ id: ExchangeID, budget: Int, state: JSON?) -> [UInt8] {
        let document = question.snapshot.map { snapshot in
            question.selection.isEverything ? snapshot.bytes : question.selection.serialized(snapshot.document)
        }
        return PluginRequest(
            exchange: id,
            dryRun: question.dryRun,
            budget: .microseconds(budget),
            host: .init(name: configuration.name, url: configuration.publicURL),
            plugin: .init(id: question.registered.plugin.id, scopes: question.registered.scopes, state: state ?? [:]),
            actor: question.actor,
            events: question.events,
            document: document,
            continuation: question.continuation
        ).encoded()
    }

    private func signed(
        _ body: [UInt8],
        _ plugin: Plugin,
        id: ExchangeID,
        budget: Int,
        _ trial: Trial?
    ) -> WebhookRequest {
        let now = clock.now()
        let seconds = now.millisecondsSince1970 / 1000
        let webhookID = id.description
        let secrets = trial?.secret.map { [$0] } ?? plugin.secrets.signing(at: now)
        let signature = WebhookSignature.sign(id: webhookID, timestamp: seconds, body: body, secrets: secrets)
        var request = WebhookRequest(
            url: plugin.url,
            headers: [
                ("content-type", "application/json"),
                ("accept", "application/json"),
                ("user-agent", configuration.userAgent),
                ("webhook-id", webhookID),
                ("webhook-timestamp", String(seconds)),
                ("webhook-signature", signature),
                ("pluginhost-budget-ms", String(max(1, budget / 1000))),
            ],
            body: body,
            timeout: .microseconds(max(1, budget)),
            responseLimitBytes: limits.answerBytes,
            tls: plugin.tls,
            opensConnection: trial != nil
        )
        if let fault = trial?.fault {
            request.headers.removeAll { WebhookSignature.HeaderName.signed.contains($0.name) }
            request.headers += fault.headers(
                id: webhookID,
                now: now,
                body: body,
                secrets: secrets,
                tolerance: limits.signatureTolerance
            )
        }
        return request
    }
}

extension TraceContext {
    /// The header fields that carry it.
    fileprivate var headers: [(name: String, value: String)] {
        [("traceparent", parent)] + (state.isEmpty ? [] : [("tracestate", state)])
    }
}

extension ExchangeTimings {
    /// Adds what a transfer took.
    mutating func add(_ other: WebhookTimings) {
        queue += other.queue
        dns += other.dns
        connect += other.connect
        tls += other.tls
        send += other.send
        plugin += other.wait
        receive += other.receive
    }
}

extension Refusal {
    static func budgetSpent(_ budget: Int) -> Refusal {
        Refusal(
            .budgetSpent,
            "no time was left for this plugin: its share of \(budget / 1000) ms went by before it could be asked",
            rule: "chainTime",
            limit: .integer(budget / 1000)
        )
    }

    static func requestTooLarge(bytes: Int, limit: Int) -> Refusal {
        Refusal(
            .requestTooLarge,
            "the request would be \(bytes) bytes, at most \(limit) are sent",
            rule: "requestBytes",
            limit: .integer(limit),
            actual: .integer(bytes),
            hint: "narrow the subscription's reads"
        )
    }

    static func breakerOpen(_ plugin: Plugin, _ breaker: BreakerStatus, wait: Duration) -> Refusal {
        Refusal(
            .breakerOpen,
            "the circuit breaker of \(plugin.name) is open: \(breaker.failures) of \(breaker.calls) calls had failed when it opened; "
                + "it is tried again in \(wait.wholeMilliseconds / 1000) s",
            rule: "breaker"
        )
    }
}
