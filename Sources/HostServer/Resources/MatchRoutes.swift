import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/matches`: why plugins were asked about what happened, or not.
struct MatchRoutes: Sendable {
    let host: Host

    /// The routes.
    var routes: [Route] {
        [Route(.get, "/v1/matches", query: ["document", "plugin", "event", "cursor", "limit"], list)]
    }

    @Sendable private func list(_ call: Call, _: APIClient) async throws -> Reply {
        var query = MatchQuery()
        query.document = try call.query.identifier("document", DocumentIdentifierKind.self)
        query.plugin = try call.query.identifier("plugin", PluginKind.self)
        query.event = try call.query.identifier("event", EventKind.self)
        return .list(try await host.matches.list(query, page: try call.query.page())) { decision, writer in
            decision.write(into: &writer)
        }
    }
}

extension MatchDecision {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("event")
        writer.string(event)
        writer.key("document")
        writer.string(document)
        writer.nullable("revision", revision)
        writer.key("plugin")
        writer.string(plugin)
        writer.nullable("pluginName", pluginName)
        writer.nullable("subscription", subscription)
        writer.nullable("phase", phase?.rawValue)
        writer.key("decision")
        writer.string(decision.rawValue)
        writer.key("reason")
        writer.string(reason.rawValue)
        writer.key("message")
        writer.string(message)
        writer.nullable("exchange", exchange)
        writer.endObject()
    }
}
