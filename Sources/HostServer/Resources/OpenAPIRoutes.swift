import HTTPTypes

/// `/openapi.json`: the description of the API.
struct OpenAPIRoutes: Sendable {
    let document: OpenAPIDocument

    /// The routes.
    var routes: [Route] { [.anyone(.get, "/openapi.json", get)] }

    @Sendable private func get(_: Call) async throws -> Reply { Reply(json: document.bytes) }
}
