public import DocumentModel
public import JSONSchema
import NIOConcurrencyHelpers
public import PluginProtocol

/// Tries plugins, when an administrator asks for it and on a schedule.
///
/// Nothing of it changes a document, takes a plugin's places or counts for its circuit breaker. `Sendable`.
public final class ProbeService: Sendable {
    /// After which time a test begins nothing new.
    private static let testTime = Duration.seconds(60)
    /// After how many bytes of answers a test begins nothing new.
    private static let testBytes = 16 * 1024 * 1024

    private let store: any HostStore
    private let plugins: PluginService
    let registry: PluginRegistry
    let handshake: Handshake

    private var runner: ExchangeRunner { handshake.runner }
    var clock: HostClock { handshake.clock }

    init(store: any HostStore, plugins: PluginService, registry: PluginRegistry, handshake: Handshake) {
        self.store = store
        self.plugins = plugins
        self.registry = registry
        self.handshake = handshake
    }

    /// Pings plugins from time to time until the task is cancelled; not at all if the operator switched that off.
    func run() async {
        guard let interval = runner.configuration.pingInterval else { return }
        await ProbeSchedule(interval: interval, registry: registry, handshake: handshake, clock: clock).run()
    }

    /// What pings said of a plugin since the host started or the plugin moved; nil if there was none.
    public func health(of plugin: Plugin) -> PluginHealth? {
        registry[plugin.id]?.runtime.health.withLockedValue { $0 }.flatMap { $0.url == plugin.url ? $0 : nil }
    }

    /// Writes the members `secrets` and `health` of a plugin as the API shows them.
    public func writeEvidence(about plugin: Plugin, into writer: inout JSONWriter) {
        let health = health(of: plugin)
        let now = clock.now()
        plugin.secrets.write(into: &writer, now: now, trials: health?.secretTrials ?? [:])
        writer.key("health")
        if let health { health.write(into: &writer, now: now) } else { writer.null() }
    }

    /// Pings a plugin: as it should be, with a wrong signature, with one that is too old, and, if several secrets are live, with each alone;
    /// and looks at its certificate.
    ///
    /// What it does with a wrong signature is noted as ``Plugin/verifiesSignatures``. The genuine ping is stored as an exchange.
    ///
    /// - Throws: ``HostError`` of code `not-found`, or of the store.
    public func probe(_ id: PluginID, actor: Actor) async throws -> ProbeReport {
        let plugin = try plugins.get(id)
        let time = clock.now()
        let findings = try await pings(plugin, actor: actor)
        try await keep(findings)
        return ProbeReport(plugin: id, time: time, findings: findings)
    }

    /// The same as ``probe(_:actor:)``, and tries whether the plugin lets its own results be.
    ///
    /// - Parameters:
    ///   - id: the plugin.
    ///   - sideEffects: `some` also tries subscriptions that did not declare that answering has no side effects.
    ///   - actor: who asks for it.
    /// - Returns: what came of it.
    /// - Throws: ``HostError`` of code `not-found`, or of the store.
    public func test(
        _ id: PluginID,
        sideEffects: Subscription.SideEffects,
        actor: Actor
    ) async throws -> ProbeReport {
        let plugin = try plugins.get(id)
        let time = clock.now()
        var findings = try await pings(plugin, actor: actor)
        // Whoever does not answer a ping is not worth the time of each subscription.
        let isThere = findings.first { $0.probe == .ping }?.result != .failed
        let began = clock.microseconds()
        var answerBytes = 0
        for subscription in plugin.manifest.subscriptions where subscription.phase != .render {
            for type in subscription.events where IdempotenceProbe.types.contains(type) {
                let about = "\(subscription.phase.rawValue) \(type.rawValue)"
                let reason =
                    !isThere ? "it did not answer the ping" : Self.spent(clock.microseconds() - began, answerBytes)
                if let reason {
                    findings.append(ProbeFinding(.idempotence, .skipped, reason, about: about))
                    continue
                }
                let finding = await idempotence(plugin, subscription, type, about: about, sideEffects: sideEffects)
                answerBytes += finding.exchanges.reduce(0) { $0 + ($1.response?.count ?? 0) }
                findings.append(finding)
            }
        }
        try await keep(findings)
        return ProbeReport(plugin: id, time: time, findings: findings)
    }

    /// Why no more is tried, since someone waits for the report and it is kept in memory; nil if there is room.
    private static func spent(_ microseconds: Int, _ answerBytes: Int) -> String? {
        if microseconds >= testTime.microseconds {
            return "the test has taken \(microseconds / 1_000_000) s already; it begins nothing new after "
                + "\(testTime.wholeMilliseconds / 1000) s"
        }
        return answerBytes >= testBytes
            ? "its answers have \(answerBytes) bytes together; a test begins nothing new after \(testBytes)" : nil
    }

    // Pings.

    private func pings(_ plugin: Plugin, actor: Actor) async throws -> [ProbeFinding] {
        guard plugin.handshake == .ping else {
            return [ProbeFinding.Probe.ping, .wrongSignature, .staleTimestamp, .certificate].map {
                ProbeFinding($0, .skipped, "registered with handshake \"skip\": it is not pinged")
            }
        }
        let pong = await handshake.send(plugin)
        var ping = ProbeFinding(.ping, .passed, "answered the challenge")
        if case .failure(let refusal) = pong.result { ping = ProbeFinding(.ping, .failed, "\(refusal)") }
        ping.status = pong.record.status
        ping.microseconds = pong.record.timings.total
        ping.exchanges = [pong.record]
        guard ping.result == .passed else {
            return [ping]
                + [.wrongSignature, .staleTimestamp, .certificate].map {
                    ProbeFinding($0, .skipped, "it did not answer the genuine ping")
                }
        }
        let wrong = await forged(plugin, .wrongSignature, .otherSecret, "a signature by another secret")
        try await plugins.note(verifiesSignatures: wrong.result == .passed, of: plugin, actor: actor)
        let stale = await forged(plugin, .staleTimestamp, .stale, "a signature made ten minutes ago")
        let secrets = await secrets(of: plugin, areVerified: wrong.result == .passed)
        return [ping, wrong, stale] + secrets + [certificate(plugin, pong.certificateEnd)]
    }

    private func forged(
        _ plugin: Plugin,
        _ probe: ProbeFinding.Probe,
        _ fault: SignatureFault,
        _ what: String
    ) async -> ProbeFinding {
        let pong = await handshake.send(plugin, fault: fault)
        var finding = ProbeFinding(probe, .passed, "refused \(what)")
        if !pong.isRefusal {
            let answer = pong.record.status.map { "answered \($0) to" } ?? "did not answer"
            finding = ProbeFinding(probe, .failed, "\(answer) \(what); 401 is expected")
        }
        finding.status = pong.record.status
        finding.microseconds = pong.record.timings.total
        return finding
    }

    private func certificate(_ plugin: Plugin, _ end: Timestamp?) -> ProbeFinding {
        guard let end else {
            let isPlain = plugin.url.description.hasPrefix("http:")
            return ProbeFinding(.certificate, .skipped, isPlain ? "it is called without TLS" : "its end is not known")
        }
        let now = clock.now()
        let remark = "ends \(end), in \(CertificateWarning.daysLeft(until: end, now: now)) days"
        return ProbeFinding(.certificate, CertificateWarning(of: end, now: now) == nil ? .passed : .warned, remark)
    }

    // Its own result.

    private func idempotence(
        _ plugin: Plugin,
        _ subscription: Subscription,
        _ type: EventType,
        about: String,
        sideEffects: Subscription.SideEffects
    ) async -> ProbeFinding {
        guard subscription.sideEffects == .none || sideEffects == .some else {
            let remark = "the subscription does not declare \"sideEffects\": \"none\""
            return ProbeFinding(.idempotence, .skipped, remark, about: about)
        }
        let sample = ProbeSample(
            type,
            for: subscription,
            of: plugin.manifest,
            ids: handshake.ids,
            time: clock.now()
        )
        guard let sample else {
            return ProbeFinding(.idempotence, .skipped, "there is no example of this event", about: about)
        }
        let probe = IdempotenceProbe(actor: plugin.actor, limits: plugins.limits.document)
        var records: [ExchangeRecord] = []
        let verdict = await probe.run(sample) { sample throws(Refusal) in
            let (record, result) = await ask(plugin, sample)
            records.append(record)
            return try result.get()
        }
        var finding = ProbeFinding(.idempotence, verdict.result, verdict.remark, about: about)
        finding.status = records.last?.status
        finding.microseconds = records.last?.timings.total
        finding.exchanges = records
        return finding
    }

    private func ask(_ plugin: Plugin, _ sample: ProbeSample) async -> (ExchangeRecord, Result<PluginAnswer, Refusal>) {
        var record = ExchangeRecord(
            id: handshake.ids.next(),
            plugin: plugin.id,
            pluginName: plugin.name,
            pluginVersion: plugin.manifest.version,
            document: nil,
            revision: nil,
            phase: sample.subscription.phase,
            events: [ExchangeRecord.EventReference(sample.event)],
            time: clock.now()
        )
        record.request = sample.request(
            exchange: record.id,
            host: .init(name: runner.configuration.name, url: runner.configuration.publicURL),
            plugin: plugin.id,
            scopes: plugin.sortedScopes
        ).encoded()
        let began = clock.microseconds()
        var none: ExchangeRunner.Trial?
        let budget = sample.subscription.timeout.microseconds
        var result = await runner.exchange(plugin, budget: budget, &record, trial: &none)
        if case .success(let answer) = result {
            let refusal = ExchangeRunner.refusal(of: answer, plugin, writes: sample.subscription.writes)
            if let refusal { result = .failure(refusal) }
        }
        record.timings.total = clock.microseconds() - began
        switch result {
        case .success(let answer):
            record.outcome = .nothing
            record.warnings = answer.warnings
        case .failure(let refusal):
            record.refusal = refusal
            record.outcome = ExchangeRecord.Outcome(refusal)
        }
        return (record, result)
    }

    private func keep(_ findings: [ProbeFinding]) async throws {
        let records = findings.flatMap(\.exchanges)
        guard !records.isEmpty else { return }
        try await store.write(document: nil) { _ in
            var writes = Writes()
            writes.exchangesEnded = records
            return (writes, ())
        }
    }
}
