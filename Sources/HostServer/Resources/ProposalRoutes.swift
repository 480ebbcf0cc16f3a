import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/proposals`: what plugins propose, and what people decide about it.
struct ProposalRoutes: Sendable {
    let host: Host
    let acceptance: BodySchema
    let declination: BodySchema

    /// The routes.
    var routes: [Route] {
        [
            Route(.get, "/v1/proposals", query: ["plugin", "document", "state", "cursor", "limit"], list),
            Route(.get, "/v1/proposals/{id}", get),
            Route(.post, "/v1/proposals/{id}/accept", accept),
            Route(.post, "/v1/proposals/{id}/decline", decline),
        ]
    }

    @Sendable private func list(_ call: Call, _: APIClient) async throws -> Reply {
        var filter = ProposalFilter()
        filter.plugin = try call.query.identifier("plugin", PluginKind.self)
        filter.document = try call.query.identifier("document", DocumentIdentifierKind.self)
        filter.state = try call.query.choice("state", of: Proposal.State.allCases)
        let page = try await host.store.proposals(filter, page: try call.query.page())
        return .list(page) { proposal, writer in proposal.write(into: &writer, withCommands: false) }
    }

    @Sendable private func get(_ call: Call, _: APIClient) async throws -> Reply {
        let id = try call.identifier(ProposalKind.self)
        guard let proposal = try await host.store.proposal(id) else {
            throw HostError.notFound("proposal", id.description)
        }
        return reply(proposal)
    }

    @Sendable private func accept(_ call: Call, _ client: APIClient) async throws -> Reply {
        let id = try call.identifier(ProposalKind.self)
        let body = try call.optionalBody(acceptance)
        return reply(
            try await host.proposals.accept(id, baseRevision: body["baseRevision"]?.intValue, actor: client.actor)
        )
    }

    @Sendable private func decline(_ call: Call, _ client: APIClient) async throws -> Reply {
        let id = try call.identifier(ProposalKind.self)
        let body = try call.optionalBody(declination)
        return reply(
            try await host.proposals.decline(id, reason: body["reason"]?.stringValue, actor: client.actor)
        )
    }

    private func reply(_ proposal: Proposal) -> Reply {
        var writer = JSONWriter(reserving: 2048)
        proposal.write(into: &writer, withCommands: true)
        return Reply(json: writer.bytes)
    }
}
