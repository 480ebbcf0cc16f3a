import HTTPTypes
import JSONSchema
import PluginHost

/// `/healthz`, `/readyz`, `/metrics`: for the machinery that keeps the host running; no token needed.
struct HealthRoutes: Sendable {
    let host: Host
    let metrics: ServerMetrics

    /// The routes.
    var routes: [Route] {
        [
            .anyone(.get, "/healthz", health),
            .anyone(.get, "/readyz", readiness),
            .anyone(.get, "/metrics", scrape),
        ]
    }

    /// The process answers.
    @Sendable private func health(_: Call) async throws -> Reply { status("ok", .ok) }

    /// The host takes changes.
    @Sendable private func readiness(_: Call) async throws -> Reply {
        await host.isReady() ? status("ready", .ok) : status("not ready", .serviceUnavailable)
    }

    @Sendable private func scrape(_: Call) async throws -> Reply {
        var states: [Plugin.State: Int] = [:]
        for plugin in host.plugins.list() { states[plugin.state, default: 0] += 1 }
        let ready = await host.isReady()
        let text = metrics.text(plugins: states, numbers: host.pluginNumbers(), ready: ready)
        return Reply(contentType: MediaTypes.metrics, body: text)
    }

    private func status(_ text: String, _ status: HTTPResponse.Status) -> Reply {
        var writer = JSONWriter(reserving: 32)
        writer.beginObject()
        writer.key("status")
        writer.string(text)
        writer.endObject()
        return Reply(status: status, json: writer.bytes)
    }
}
