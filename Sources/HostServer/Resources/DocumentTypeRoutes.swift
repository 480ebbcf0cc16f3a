import HTTPTypes
import JSONSchema
import PluginHost

/// `/v1/document-types`: JSON Schemas that documents of a type must satisfy after every change.
struct DocumentTypeRoutes: Sendable {
    let host: Host

    /// The routes.
    var routes: [Route] {
        [
            Route(.get, "/v1/document-types", list),
            Route(.get, "/v1/document-types/{name}", get),
            Route(.put, "/v1/document-types/{name}", put),
        ]
    }

    @Sendable private func list(_: Call, _: APIClient) async throws -> Reply {
        let types = host.documentTypes().sorted { $0.name < $1.name }
        return .list(Page(items: types, nextCursor: nil)) { type, writer in type.write(into: &writer) }
    }

    @Sendable private func get(_ call: Call, _: APIClient) async throws -> Reply {
        let name = try call.parameter()
        guard let type = host.documentTypes().first(where: { $0.name == name }) else {
            throw HostError.notFound("document type", name)
        }
        return reply(type)
    }

    @Sendable private func put(_ call: Call, _ client: APIClient) async throws -> Reply {
        let name = try call.parameter()
        guard name.utf8.count <= 256 else {
            throw HostError.invalidParameter(
                "The name in the path",
                "must have at most 256 bytes, not \(name.utf8.count)"
            )
        }
        let type = DocumentType(name: name, schema: try call.body())
        try await host.setDocumentType(type, actor: client.actor)
        return reply(type)
    }

    private func reply(_ type: DocumentType) -> Reply {
        var writer = JSONWriter(reserving: 1024)
        type.write(into: &writer)
        return Reply(json: writer.bytes)
    }
}

extension DocumentType {
    /// `{name, schema}`.
    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.string(name)
        writer.key("schema")
        writer.value(schema)
        writer.endObject()
    }
}
