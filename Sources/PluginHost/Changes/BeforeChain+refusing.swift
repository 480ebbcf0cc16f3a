import DocumentModel
import JSONSchema
import PluginProtocol

extension BeforeChain.Outcome {
    /// Ends the exchange with a plugin whose turn did not come.
    mutating func notAsked(_ record: ExchangeRecord) {
        var record = record
        record.outcome = .skipped
        record.warnings = ["not asked: the change was refused before the plugin's turn came"]
        records.append(record)
    }

    /// Counts again what answers changed, once the change was moved past another that may have done the same.
    mutating func recount() {
        for index in records.indices where records[index].outcome == .applied {
            let id = records[index].id
            records[index].mutations = candidate.parts.reduce(0) { $1.exchange == id ? $0 + $1.mutations.count : $0 }
            if records[index].mutations == 0 { records[index].outcome = .nothing }
        }
    }

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
        if self.error == nil { self.error = error }
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
        if self.error == nil { self.error = error }
        var writer = JSONWriter(reserving: 256)
        refusal.write(into: &writer)
        entries.append(.aboutChange(.changeRejected, record, actor: request.actor, time: time, payload: writer.bytes))
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
