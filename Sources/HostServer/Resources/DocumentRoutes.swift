import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/documents`: make, list, read.
struct DocumentRoutes: Sendable {
    let host: Host
    let creation: BodySchema

    /// The routes.
    var routes: [Route] {
        [
            Route(.get, "/v1/documents", query: ["type", "tag", "cursor", "limit"], list),
            Route(.post, "/v1/documents", create),
            Route(.get, "/v1/documents/{id}", get),
        ]
    }

    @Sendable private func list(_ call: Call, _: APIClient) async throws -> Reply {
        let page = try await host.store.documents(
            type: call.query["type"],
            tag: call.query["tag"],
            page: try call.query.page()
        )
        return .list(page) { snapshot, writer in snapshot.document.writeSummary(into: &writer) }
    }

    @Sendable private func create(_ call: Call, _ client: APIClient) async throws -> Reply {
        let idempotency = try Idempotency.key(of: call, client)
        let json = try call.body(creation)
        guard case .object(var members) = json else { throw HostError(.schemaViolation, "The body must be an object.") }
        let dryRun = members.removeValue(forKey: "dryRun")?.boolValue ?? false
        let id = members["id"]?.stringValue.flatMap { DocumentID(parsing: $0) } ?? IdentifierSource.system.next()
        members["op"] = "document.create"
        members["id"] = .string(id.description)
        let command: Command
        do {
            command = try Command(json: .object(members), index: 0)
        } catch {
            throw HostError(inBody: error)
        }
        var request = ChangeRequest(actor: client.actor, document: id, commands: [command])
        request.creates = true
        request.dryRun = dryRun
        request.exchange = try call.exchange()
        request.trace = call.headers.trace
        request.idempotency = idempotency.map { Idempotency.request($0, call, client) }
        let outcome: ChangeOutcome
        do {
            let rendering: Idempotency.Rendering = { result in (status: 201, body: result.document.bytes) }
            outcome = try await host.submit(request, render: idempotency == nil ? nil : rendering)
        } catch let error as CommandError {
            throw HostError(inBody: error)
        }
        switch outcome {
        case .changed(let result) where dryRun:
            var reply = Reply(json: result.rendered())
            reply.addServerTiming(result.exchanges)
            return reply
        case .changed(let result):
            var reply = Reply(status: .created, json: result.document.bytes)
            reply.revision = result.document.document.revision
            reply.headers.append(HTTPField(name: .location, value: "/v1/documents/\(id)"))
            reply.addServerTiming(result.exchanges)
            return reply
        case .repeated(let answer): return Idempotency.reply(answer) { $0 }
        }
    }

    @Sendable private func get(_ call: Call, _: APIClient) async throws -> Reply {
        let id = try call.identifier(DocumentIdentifierKind.self)
        guard let snapshot = try await host.store.document(id) else {
            throw HostError.notFound("document", id.description)
        }
        let revision = snapshot.document.revision
        var reply = Reply(json: snapshot.bytes)
        if let wanted = call.headers.ifNoneMatch, EntityTag.matches(wanted, revision: revision) {
            reply = .empty(.notModified)
        }
        reply.revision = revision
        // The revision makes it cheap to ask again, but a copy is never to be used unasked.
        reply.cacheControl = "no-store"
        return reply
    }
}

extension Document {
    /// Writes the document as lists show it: without content, so that a page of a list stays small.
    fileprivate func writeSummary(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("type")
        writer.string(type)
        writer.key("title")
        writer.string(title)
        writer.key("revision")
        writer.int(revision)
        writer.key("tags")
        writer.beginArray()
        for tag in tags { writer.string(tag) }
        writer.endArray()
        writer.key("createdBy")
        createdBy.write(into: &writer)
        writer.key("createdAt")
        writer.string(createdAt.description)
        writer.key("updatedBy")
        updatedBy.write(into: &writer)
        writer.key("updatedAt")
        writer.string(updatedAt.description)
        writer.endObject()
    }
}
