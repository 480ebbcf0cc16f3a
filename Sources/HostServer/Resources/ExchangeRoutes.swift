import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/exchanges`: what plugins were asked and what they answered.
struct ExchangeRoutes: Sendable {
    let host: Host

    /// The routes.
    var routes: [Route] {
        [
            Route(.get, "/v1/exchanges", query: ["plugin", "document", "outcome", "cursor", "limit"], list),
            Route(.get, "/v1/exchanges/{id}", get),
        ]
    }

    @Sendable private func list(_ call: Call, _: APIClient) async throws -> Reply {
        var filter = ExchangeFilter()
        filter.plugin = try call.query.identifier("plugin", PluginKind.self)
        filter.document = try call.query.identifier("document", DocumentIdentifierKind.self)
        filter.outcome = try call.query.choice("outcome", of: ExchangeRecord.Outcome.allCases)
        let page = try await host.store.exchanges(filter, page: try call.query.page())
        return .list(page) { exchange, writer in exchange.write(into: &writer, withBodies: false) }
    }

    @Sendable private func get(_ call: Call, _: APIClient) async throws -> Reply {
        let id = try call.identifier(ExchangeKind.self)
        guard let exchange = try await host.store.exchange(id) else {
            throw HostError.notFound("exchange", id.description)
        }
        var writer = JSONWriter(reserving: 2048 + exchange.request.count + (exchange.response?.count ?? 0))
        exchange.write(into: &writer, withBodies: true)
        return Reply(json: writer.bytes)
    }
}
