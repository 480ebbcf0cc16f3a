import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost

/// `/v1/documents/{id}/history`: who made which revision, and why.
struct HistoryRoutes: Sendable {
    let host: Host

    /// The routes.
    var routes: [Route] { [Route(.get, "/v1/documents/{id}/history", query: ["cursor", "limit"], list)] }

    @Sendable private func list(_ call: Call, _: APIClient) async throws -> Reply {
        let id = try call.identifier(DocumentIdentifierKind.self)
        let request = try call.query.page()
        let page = try await host.store.history(of: id, page: request)
        // A deleted document keeps its history; one that never was has none.
        if page.items.isEmpty, request.cursor == nil, try await host.store.document(id) == nil {
            throw HostError.notFound("document", id.description)
        }
        return .list(page) { record, writer in record.write(into: &writer) }
    }
}

extension RevisionRecord {
    /// `{revision, time, actor, plugin, exchange, event, cause, mutations: [{seq, op, actor, plugin, exchange, command, pointer, before, after}]}`.
    ///
    /// The revision's author is the first mutation's; those that `before` plugins added have their own.
    fileprivate func write(into writer: inout JSONWriter) {
        guard let first = mutations.first?.entry else { return }
        writer.beginObject()
        writer.key("revision")
        writer.int(revision)
        writer.key("time")
        writer.string(first.time.description)
        writer.key("actor")
        first.actor.write(into: &writer)
        writer.nullable("plugin", first.plugin)
        writer.nullable("exchange", first.exchange)
        writer.nullable("event", first.event)
        writer.nullable("cause", first.cause)
        writer.key("mutations")
        writer.beginArray()
        for item in mutations {
            writer.beginObject()
            writer.key("seq")
            writer.int(Int(item.seq))
            writer.nullable("op", item.entry.op)
            writer.key("actor")
            item.entry.actor.write(into: &writer)
            writer.nullable("plugin", item.entry.plugin)
            writer.nullable("exchange", item.entry.exchange)
            item.entry.writeMutation(into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}
