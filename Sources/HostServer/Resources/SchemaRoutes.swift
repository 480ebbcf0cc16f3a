import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/schemas`: the JSON Schemas that the host itself works by.
struct SchemaRoutes: Sendable {
    /// The routes.
    var routes: [Route] { [Route(.get, "/v1/schemas/{name}", get)] }

    @Sendable private func get(_ call: Call, _: APIClient) async throws -> Reply {
        let wanted = try call.parameter()
        let name = wanted.hasSuffix(".json") ? String(wanted.dropLast(5)) : wanted
        guard let bytes = ProtocolSchemas.bytes(named: name) else {
            var error = HostError.notFound("schema", wanted)
            error.hint =
                NearestName.hint(for: name, among: ProtocolSchemas.names)
                ?? "known: \(ProtocolSchemas.names.sorted().joined(separator: ", "))"
            throw error
        }
        return Reply(contentType: MediaTypes.schema, body: bytes)
    }
}
