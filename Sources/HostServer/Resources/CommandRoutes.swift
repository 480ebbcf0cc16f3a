import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/documents/{id}/commands`: the way to change a document.
///
/// The hot path.
struct CommandRoutes: Sendable {
    let host: Host
    let change: BodySchema
    let metrics: ServerMetrics

    /// The routes.
    var routes: [Route] { [Route(.post, "/v1/documents/{id}/commands", query: ["wait"], apply)] }

    @Sendable private func apply(_ call: Call, _ client: APIClient) async throws -> Reply {
        let id = try call.identifier(DocumentIdentifierKind.self)
        let wait = try call.query.choice("wait", of: [ChangeRequest.Wait.committed, .settled]) ?? .committed
        let idempotency = try Idempotency.key(of: call, client)
        let ifMatch = try call.headers.ifMatch.map(EntityTag.revision(ifMatch:)) ?? nil
        let json = try call.body(change)

        var request = ChangeRequest(actor: client.actor, document: id, commands: try commands(of: json))
        request.baseRevision = json["baseRevision"]?.intValue
        request.expectRevision = json["expectRevision"]?.intValue
        if let ifMatch {
            if let expected = request.expectRevision, expected != ifMatch {
                throw HostError.invalidParameter(
                    "If-Match",
                    "names revision \(ifMatch), but expectRevision is \(expected)"
                )
            }
            request.expectRevision = ifMatch
        }
        request.dryRun = json["dryRun"]?.boolValue ?? false
        request.wait = wait
        request.exchange = try call.exchange()
        request.trace = call.headers.trace
        request.idempotency = idempotency.map { Idempotency.request($0, call, client) }

        let rendering: Idempotency.Rendering = { result in (status: 200, body: result.rendered()) }
        switch try await host.submit(request, render: idempotency == nil ? nil : rendering) {
        case .changed(let result):
            metrics.changed(mutations: result.mutations.count, dryRun: request.dryRun)
            var reply = Reply(json: result.rendered())
            if !request.dryRun { reply.revision = result.document.document.revision }
            if !result.exchanges.isEmpty { reply.addServerTiming(result.exchanges) }
            return reply
        case .repeated(let answer):
            metrics.repeated()
            return Idempotency.reply(answer) { $0["document"] }
        }
    }

    private func commands(of json: JSON) throws -> [Command] {
        let values = json["commands"]?.arrayValue ?? []
        guard values.count <= host.limits.commandsPerAnswer else {
            var error = HostError(
                .limitExceeded,
                "The body has \(values.count) commands; at most \(host.limits.commandsPerAnswer) are permitted."
            )
            error.rule = "commandsPerAnswer"
            error.limit = .number(JSONNumber(host.limits.commandsPerAnswer))
            error.actual = .number(JSONNumber(values.count))
            throw error
        }
        var commands: [Command] = []
        commands.reserveCapacity(values.count)
        for (index, value) in values.enumerated() { commands.append(try Command(json: value, index: index)) }
        return commands
    }
}
