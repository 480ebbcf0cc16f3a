import DocumentModel
import JSONSchema
import Logging
import NIOConcurrencyHelpers
import PluginProtocol

/// Pings plugins: with a challenge they must answer, and with signatures they must refuse.
///
/// Each ping opens a connection of its own, since an open one says nothing about whether the plugin can be reached, and takes
/// none of the plugin's places. Pings do not count for the circuit breaker, see `docs/decisions`. `Sendable`.
struct Handshake: Sendable {
    /// What came of a ping.
    ///
    /// `Sendable`.
    struct Pong: Sendable {
        var record: ExchangeRecord
        var result: Result<PluginAnswer, Refusal>
        /// When the plugin's certificate ends, if it was seen.
        var certificateEnd: Timestamp?

        /// Whether the plugin said that it does not believe the signature.
        var isRefusal: Bool { record.status.map { [400, 401, 403].contains($0) } ?? false }
    }

    let runner: ExchangeRunner
    let registry: PluginRegistry
    let watch: CertificateWatch
    let clock: HostClock
    let ids: IdentifierSource
    let logger: Logger

    /// Pings a plugin and checks that it answers the challenge.
    ///
    /// - Returns: its answer; the manifest is in it, if it sent one.
    /// - Throws: ``HostError`` of code `handshake-failed`.
    func ping(_ plugin: Plugin) async throws(HostError) -> PluginAnswer {
        switch await send(plugin).result {
        case .success(let answer): return answer
        case .failure(let refusal): throw HostError.handshakeFailed(plugin, refusal.message, refusal: refusal)
        }
    }

    /// Pings a plugin with a signature by another secret.
    ///
    /// - Returns: whether it refused (400, 401 or 403); a plugin that takes it does not verify signatures.
    func refusesWrongSignature(_ plugin: Plugin) async -> Bool { await send(plugin, fault: .otherSecret).isRefusal }

    /// Pings a plugin and shows everything about it.
    ///
    /// What a genuine ping says of a registered plugin is kept as its ``PluginHealth``.
    func send(
        _ plugin: Plugin,
        budget: Int? = nil,
        fault: SignatureFault? = nil,
        secret: WebhookSecret? = nil
    ) async -> Pong {
        let budget = budget ?? runner.configuration.limits.pluginTimeWaiting.microseconds
        let challenge = ids.next(ExchangeKind.self).description
        var record = record(plugin, challenge, budget)
        var trial: ExchangeRunner.Trial? = ExchangeRunner.Trial(fault: fault, secret: secret)
        let began = clock.microseconds()
        let result = await runner.exchange(plugin, budget: budget, &record, trial: &trial)
            .flatMap { answer in
                answer.challenge == challenge ? .success(answer) : .failure(.wrongChallenge(answer, challenge))
            }
        record.timings.total = clock.microseconds() - began
        switch result {
        case .success: record.outcome = .nothing
        case .failure(let refusal):
            record.refusal = refusal
            record.outcome = ExchangeRecord.Outcome(refusal)
        }
        let pong = Pong(record: record, result: result, certificateEnd: trial?.certificateEnd)
        if fault == nil, secret == nil { await note(pong, plugin) }
        return pong
    }

    /// How long a ping waits that nobody waits for.
    var scheduledBudget: Int { runner.configuration.limits.pluginTimeDefault.microseconds }

    /// Keeps what a ping says, and tells the log when that is new.
    private func note(_ pong: Pong, _ plugin: Plugin) async {
        guard let registered = registry[plugin.id], registered.plugin.url == plugin.url else { return }
        let ping = PluginHealth.Ping(
            time: pong.record.time,
            microseconds: pong.record.timings.total,
            status: pong.record.status,
            refusal: pong.record.refusal
        )
        let (was, now) = registered.runtime.health.withLockedValue { health in
            let known = health.flatMap { $0.url == plugin.url ? $0 : nil }
            var changed = known ?? PluginHealth(url: plugin.url, ping)
            changed.add(ping, certificateEnd: pong.certificateEnd)
            health = changed
            return (known?.isFailing ?? false, changed)
        }
        if now.isFailing, !was {
            logger.warning(
                "a plugin does not answer pings",
                metadata: [
                    "plugin": "\(plugin.name)", "url": "\(plugin.url)",
                    "because": "\(ping.refusal.map { "\($0.kind.rawValue): \($0.message)" } ?? "")",
                ]
            )
        } else if was, !now.isFailing {
            logger.notice("a plugin answers pings again", metadata: ["plugin": "\(plugin.name)"])
        }
        if let end = pong.certificateEnd { await watch.see(end, of: registered) }
    }

    private func record(_ plugin: Plugin, _ challenge: String, _ budget: Int) -> ExchangeRecord {
        let now = clock.now()
        let event = Event(
            id: ids.next(),
            type: .pluginPing,
            phase: .after,
            time: now,
            data: ["challenge": .string(challenge)]
        )
        var record = ExchangeRecord(
            id: ids.next(),
            plugin: plugin.id,
            pluginName: plugin.name,
            pluginVersion: plugin.manifest.version,
            document: nil,
            revision: nil,
            phase: nil,
            events: [ExchangeRecord.EventReference(id: event.id, type: event.type)],
            time: now
        )
        record.request = PluginRequest(
            exchange: record.id,
            budget: .microseconds(budget),
            host: .init(name: runner.configuration.name, url: runner.configuration.publicURL),
            plugin: .init(id: plugin.id, scopes: plugin.sortedScopes),
            actor: .host,
            events: [event],
            document: nil
        ).encoded()
        return record
    }
}

extension Refusal {
    fileprivate static func wrongChallenge(_ answer: PluginAnswer, _ challenge: String) -> Refusal {
        Refusal(
            .schema,
            answer.challenge.map { "it answered the challenge \"\(challenge)\" with \"\($0)\"" }
                ?? "its answer has no \"challenge\"",
            pointer: JSONPointer(tokens: ["challenge"]),
            rule: "challenge",
            limit: .string(challenge)
        )
    }
}
