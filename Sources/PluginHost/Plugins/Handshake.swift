import DocumentModel
import JSONSchema
import PluginProtocol

/// Pings plugins: with a challenge they must answer, and with a signature they must refuse.
///
/// `Sendable`.
struct Handshake: Sendable {
    let runner: ExchangeRunner
    let clock: HostClock
    let ids: IdentifierSource

    /// Pings a plugin and checks that it answers the challenge.
    ///
    /// - Returns: its answer; the manifest is in it, if it sent one.
    /// - Throws: ``HostError`` of code `handshake-failed`.
    func ping(_ plugin: Plugin) async throws(HostError) -> PluginAnswer {
        let challenge = ids.next(ExchangeKind.self).description
        var record = record(plugin, challenge)
        switch await runner.exchange(plugin, budget: budget, &record) {
        case .failure(let refusal):
            throw HostError.handshakeFailed(plugin, refusal.message, refusal: refusal)
        case .success(let answer):
            guard answer.challenge == challenge else {
                throw HostError.handshakeFailed(
                    plugin,
                    answer.challenge.map { "it answered the challenge \"\(challenge)\" with \"\($0)\"" }
                        ?? "its answer has no \"challenge\"",
                    refusal: nil
                )
            }
            return answer
        }
    }

    /// Pings a plugin with a signature by another secret.
    ///
    /// - Returns: whether it refused (400, 401 or 403); a plugin that takes it does not verify signatures.
    func refusesWrongSignature(_ plugin: Plugin) async -> Bool {
        var record = record(plugin, ids.next(ExchangeKind.self).description)
        _ = await runner.exchange(plugin, budget: budget, signature: .generate(), &record)
        return record.status.map { [400, 401, 403].contains($0) } ?? false
    }

    /// Pings a plugin and shows everything about it.
    func probe(_ plugin: Plugin) async -> ExchangeRecord {
        let challenge = ids.next(ExchangeKind.self).description
        var record = record(plugin, challenge)
        let began = clock.microseconds()
        switch await runner.exchange(plugin, budget: budget, &record) {
        case .failure(let refusal):
            record.refusal = refusal
            record.outcome = ExchangeRecord.Outcome(refusal)
        case .success(let answer) where answer.challenge == challenge:
            record.outcome = .nothing
        case .success:
            record.outcome = .refused
            record.refusal = Refusal(
                .schema,
                "the answer does not repeat the challenge",
                pointer: JSONPointer(tokens: ["challenge"]),
                rule: "challenge",
                limit: .string(challenge)
            )
        }
        record.timings.total = clock.microseconds() - began
        return record
    }

    private var budget: Int { runner.configuration.limits.pluginTimeWaiting.microseconds }

    private func record(_ plugin: Plugin, _ challenge: String) -> ExchangeRecord {
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
