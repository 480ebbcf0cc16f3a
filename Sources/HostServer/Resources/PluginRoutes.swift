import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/v1/plugins`: registration and what follows.
///
/// None of these calls waits for a plugin, but for the pings of `POST` and `enable`, and for `probe` and `test`.
struct PluginRoutes: Sendable {
    let host: Host
    let registration: BodySchema
    let patch: BodySchema
    let rotation: BodySchema

    /// The routes.
    var routes: [Route] {
        [
            Route(.get, "/v1/plugins", list),
            Route(.post, "/v1/plugins", register),
            Route(.get, "/v1/plugins/plan", query: ["event", "type"], plan),
            Route(.get, "/v1/plugins/{id}", get),
            Route(.patch, "/v1/plugins/{id}", update),
            Route(.delete, "/v1/plugins/{id}", delete),
            Route(.post, "/v1/plugins/{id}/enable", enable),
            Route(.post, "/v1/plugins/{id}/disable", disable),
            Route(.post, "/v1/plugins/{id}/reset-breaker", resetBreaker),
            Route(.post, "/v1/plugins/{id}/rotate-secret", rotateSecret),
            Route(.delete, "/v1/plugins/{id}/secrets/{fingerprint}", dropSecret),
            Route(.post, "/v1/plugins/{id}/probe", probe),
            Route(.post, "/v1/plugins/{id}/test", query: ["sideEffects"], test),
        ]
    }

    @Sendable private func list(_: Call, _: APIClient) async throws -> Reply {
        var writer = JSONWriter(reserving: 4096)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for plugin in host.plugins.list() {
            plugin.write(into: &writer) { standing(of: plugin, into: &$0) }
        }
        writer.endArray()
        writer.endObject()
        return Reply(json: writer.bytes)
    }

    @Sendable private func register(_ call: Call, _ client: APIClient) async throws -> Reply {
        let body = try call.body(registration)
        let plugin = try await host.plugins.register(PluginRegistration(json: body), actor: client.actor)
        // The one time that the secret is shown.
        var reply = warned(plugin, secret: plugin.secrets.newest)
        reply.status = .created
        reply.headers.append(HTTPField(name: .location, value: "/v1/plugins/\(plugin.id)"))
        return reply
    }

    @Sendable private func plan(_ call: Call, _: APIClient) async throws -> Reply {
        let event = try call.query.requiredChoice("event", of: EventType.subscribable)
        let type = call.query["type"]
        if let type, type.isEmpty || type.utf8.count > 256 {
            throw HostError.invalidParameter(
                "Query parameter \"type\"",
                "must have 1 to 256 bytes, not \(type.utf8.count)",
                hint: type.isEmpty ? "leave it out for the plugins that are asked about documents of every type" : nil
            )
        }
        var writer = JSONWriter(reserving: 4096)
        host.plugins.plan(event, documentType: type).write(into: &writer)
        return Reply(json: writer.bytes)
    }

    @Sendable private func get(_ call: Call, _: APIClient) async throws -> Reply {
        reply(try host.plugins.get(try call.identifier(PluginKind.self)))
    }

    @Sendable private func update(_ call: Call, _ client: APIClient) async throws -> Reply {
        let id = try call.identifier(PluginKind.self)
        let body = try call.body(patch)
        return warned(try await host.plugins.update(id, try PluginPatch(json: body), actor: client.actor))
    }

    @Sendable private func delete(_ call: Call, _ client: APIClient) async throws -> Reply {
        try await host.plugins.delete(try call.identifier(PluginKind.self), actor: client.actor)
        return .empty(.noContent)
    }

    @Sendable private func enable(_ call: Call, _ client: APIClient) async throws -> Reply {
        warned(try await host.plugins.enable(try call.identifier(PluginKind.self), actor: client.actor))
    }

    @Sendable private func disable(_ call: Call, _ client: APIClient) async throws -> Reply {
        reply(try await host.plugins.disable(try call.identifier(PluginKind.self), actor: client.actor))
    }

    @Sendable private func resetBreaker(_ call: Call, _ client: APIClient) async throws -> Reply {
        reply(try await host.plugins.resetBreaker(try call.identifier(PluginKind.self), actor: client.actor))
    }

    @Sendable private func rotateSecret(_ call: Call, _ client: APIClient) async throws -> Reply {
        let id = try call.identifier(PluginKind.self)
        let rotation = call.bytes.isEmpty ? SecretRotation() : SecretRotation(json: try call.body(rotation))
        let plugin = try await host.plugins.rotateSecret(id, rotation, actor: client.actor)
        // The one time that the secret is shown.
        return warned(plugin, secret: plugin.secrets.newest)
    }

    @Sendable private func dropSecret(_ call: Call, _ client: APIClient) async throws -> Reply {
        let id = try call.identifier(PluginKind.self)
        return reply(
            try await host.plugins.dropSecret(id, fingerprint: call.parameters[1], actor: client.actor)
        )
    }

    @Sendable private func probe(_ call: Call, _ client: APIClient) async throws -> Reply {
        reply(try await host.probes.probe(try call.identifier(PluginKind.self), actor: client.actor))
    }

    @Sendable private func test(_ call: Call, _ client: APIClient) async throws -> Reply {
        let id = try call.identifier(PluginKind.self)
        let sideEffects = try call.query.choice("sideEffects", of: Subscription.SideEffects.allCases) ?? .none
        return reply(try await host.probes.test(id, sideEffects: sideEffects, actor: client.actor))
    }

    private func reply(_ report: ProbeReport) -> Reply {
        var writer = JSONWriter(reserving: 8192)
        report.write(into: &writer)
        var reply = Reply(json: writer.bytes)
        reply.addServerTiming(report.findings.flatMap(\.exchanges))
        return reply
    }

    /// The plugin with what an administrator should know who just decided something about it.
    private func warned(_ plugin: Plugin, secret: WebhookSecret? = nil) -> Reply {
        var writer = JSONWriter(reserving: 2048)
        plugin.write(into: &writer) { writer in
            writer.key("warnings")
            writer.beginArray()
            for warning in host.plugins.warnings(about: plugin) { writer.string(warning) }
            writer.endArray()
            standing(of: plugin, into: &writer)
            writer.member("secret", secret?.text)
        }
        return Reply(json: writer.bytes)
    }

    private func reply(_ plugin: Plugin) -> Reply {
        var writer = JSONWriter(reserving: 2048)
        plugin.write(into: &writer) { standing(of: plugin, into: &$0) }
        return Reply(json: writer.bytes)
    }

    /// What the host has seen of the plugin since it started.
    private func standing(of plugin: Plugin, into writer: inout JSONWriter) {
        host.probes.writeEvidence(about: plugin, into: &writer)
        host.plugins.writeBreaker(of: plugin, into: &writer)
    }
}
