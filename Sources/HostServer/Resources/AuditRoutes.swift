import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/audit`: who changed what, when and why.
struct AuditRoutes: Sendable {
    let host: Host

    /// The routes.
    var routes: [Route] {
        [
            Route(
                .get,
                "/v1/audit",
                query: ["plugin", "document", "actor", "kind", "exchange", "from", "to", "cursor", "limit"],
                list
            )
        ]
    }

    @Sendable private func list(_ call: Call, _: APIClient) async throws -> Reply {
        var filter = AuditFilter()
        filter.plugin = try call.query.identifier("plugin", PluginKind.self)
        filter.document = try call.query.identifier("document", DocumentIdentifierKind.self)
        filter.actor = call.query["actor"]
        filter.kind = try call.query.choice("kind", of: LedgerEntry.Kind.allCases)
        filter.exchange = try call.query.identifier("exchange", ExchangeKind.self)
        filter.from = try call.query.time("from")
        filter.to = try call.query.time("to")
        let page = try await host.store.audit(filter, page: try call.query.page())
        return .list(page) { item, writer in item.write(into: &writer) }
    }
}

extension AuditItem {
    /// `{seq, time, kind, actor, plugin, document, revision, exchange, event, cause}`, for a mutation also
    /// `{op, command, pointer, before, after}`, for other acts `{detail}`.
    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("seq")
        writer.int(Int(seq))
        writer.key("time")
        writer.string(entry.time.description)
        writer.key("kind")
        writer.string(entry.kind.rawValue)
        writer.key("actor")
        entry.actor.write(into: &writer)
        writer.nullable("plugin", entry.plugin)
        writer.nullable("document", entry.document)
        writer.nullable("revision", entry.revision)
        writer.nullable("exchange", entry.exchange)
        if entry.kind == .mutation {
            writer.nullable("op", entry.op)
            entry.writeMutation(into: &writer)
        }
        writer.nullable("event", entry.event)
        writer.nullable("cause", entry.cause)
        if entry.kind != .mutation, !entry.payload.isEmpty {
            writer.key("detail")
            writer.raw(entry.payload)
        }
        writer.endObject()
    }
}

extension LedgerEntry {
    /// Writes `command`, `pointer`, `before` and `after` of a mutation, cut out of the payload; null when it was erased.
    func writeMutation(into writer: inout JSONWriter) {
        let members = RawMembers(payload)
        writer.key("command")
        writer.rawOrNull(members["command"])
        writer.key("pointer")
        writer.rawOrNull(members["pointer"])
        writer.key("before")
        writer.rawOrNull(members["before"])
        writer.key("after")
        writer.rawOrNull(members["after"])
    }
}

extension JSONWriter {
    fileprivate mutating func rawOrNull(_ json: ArraySlice<UInt8>?) {
        if let json { raw(Array(json)) } else { null() }
    }
}
