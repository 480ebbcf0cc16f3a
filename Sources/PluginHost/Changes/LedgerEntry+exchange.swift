import DocumentModel
import JSONSchema
import PluginProtocol

extension Actor {
    /// The host itself.
    static let host = Actor(kind: .system, id: "host", name: "pluginhost")
}

extension Command {
    /// The host's mark on a document that a person should look at: the tag `needs-review`.
    static var flag: Command { Command(.tagAdd(TagAdd(tag: "needs-review"))) }
}

extension PluginAnswer {
    /// The op of one of its commands, for messages.
    func op(at index: Int) -> String? {
        commands.indices.contains(index) ? commands[index].op : nil
    }
}

extension ExchangeRecord.Outcome {
    /// How an exchange ended that has a refusal.
    init(_ refusal: Refusal) {
        switch refusal.kind {
        case .overloaded, .breakerOpen, .budgetSpent, .requestTooLarge:
            self = .skipped
        case .addressRefused, .dns, .connectRefused, .connectTimeout, .tls, .sentButReset, .headersLate, .bodyLate,
            .redirect, .clientError, .serverError:
            self = .failed
        default:
            self = .refused
        }
    }
}

extension LedgerEntry {
    /// A plugin's failure, refusal or skip.
    init(_ refusal: Refusal, _ record: ExchangeRecord, actor: Actor, time: Timestamp) {
        let kind: Kind =
            switch ExchangeRecord.Outcome(refusal) {
            case .skipped: .exchangeSkipped
            case .failed: .exchangeFailed
            default: .exchangeRefused
            }
        var writer = JSONWriter(reserving: 256)
        refusal.write(into: &writer)
        self = .aboutChange(kind, record, actor: actor, time: time, payload: writer.bytes)
    }

    /// An act that concerns an exchange but changed nothing.
    static func aboutChange(
        _ kind: Kind,
        _ record: ExchangeRecord,
        actor: Actor,
        time: Timestamp,
        payload: [UInt8]
    ) -> LedgerEntry {
        LedgerEntry(
            kind: kind,
            time: time,
            actor: actor,
            plugin: record.plugin,
            document: record.document,
            revision: nil,
            exchange: record.id,
            cause: record.events.last?.id,
            payload: payload
        )
    }

    /// A document that a person should look at, since a plugin failed under the policy `flag`.
    static func flagged(_ plugin: Plugin, _ record: ExchangeRecord?, actor: Actor, time: Timestamp) -> LedgerEntry {
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        writer.key("tag")
        writer.string("needs-review")
        writer.key("plugin")
        writer.string(plugin.name)
        writer.endObject()
        return LedgerEntry(
            kind: .documentFlagged,
            time: time,
            actor: actor,
            plugin: plugin.id,
            document: record?.document,
            exchange: record?.id,
            cause: record?.events.last?.id,
            payload: writer.bytes
        )
    }

    /// The entries of one author's mutations within a revision.
    ///
    /// `payloads` are the mutations as JSON.
    static func mutations(
        _ mutations: [Mutation],
        _ payloads: ArraySlice<[UInt8]>,
        actor: Actor,
        plugin: PluginID?,
        exchange: ExchangeID?,
        document: Document,
        event: EventID,
        cause: EventID?,
        time: Timestamp
    ) -> [LedgerEntry] {
        zip(mutations, payloads).map { mutation, payload in
            LedgerEntry(
                kind: .mutation,
                time: time,
                actor: actor,
                plugin: plugin,
                document: document.id,
                revision: document.revision,
                exchange: exchange,
                event: event,
                cause: cause,
                op: mutation.command.op,
                payload: payload
            )
        }
    }
}

extension ExchangeRecord.EventReference {
    init(_ event: Event) { self.init(id: event.id, type: event.type) }
}
