import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/limits`: the limits in force.
struct LimitRoutes: Sendable {
    let host: Host

    /// The routes.
    var routes: [Route] { [Route(.get, "/v1/limits", get)] }

    @Sendable private func get(_: Call, _: APIClient) async throws -> Reply {
        var writer = JSONWriter(reserving: 1024)
        host.limits.write(into: &writer)
        return Reply(json: writer.bytes)
    }
}
