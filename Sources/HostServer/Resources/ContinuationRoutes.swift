import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// `/continuations/{exchange}/{token}`: where plugins post answers that they deferred.
///
/// Outside of `/v1`, since no bearer token is needed: the URL itself says who may post.
struct ContinuationRoutes: Sendable {
    private static let prefix = "/continuations/"

    let host: Host

    /// The routes.
    var routes: [Route] { [.anyone(.post, "/continuations/{exchange}/{token}", take)] }

    /// The path as it may be logged: who has the token may answer.
    static func withoutToken(_ path: Substring) -> Substring {
        guard path.hasPrefix(prefix), let slash = path.lastIndex(of: "/") else { return path }
        return path[...slash] + "…"
    }

    @Sendable private func take(_ call: Call) async throws -> Reply {
        guard call.parameters.count == 2 else { throw HostError(.internalError, "The route has two parameters.") }
        guard let exchange = ExchangeID(parsing: call.parameters[0]) else {
            throw HostError.invalidParameter(
                "The exchange in the path",
                "must be exc_ and 26 lower-case characters (Crockford base 32)",
                actual: call.parameters[0]
            )
        }
        let receipt = try await host.lateAnswers.take(
            exchange,
            token: call.parameters[1],
            contentType: call.headers.contentType,
            body: call.bytes
        )
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        writer.key("exchange")
        writer.string(exchange)
        writer.key("outcome")
        switch receipt {
        case .applied(let mutations):
            writer.string(mutations > 0 ? "applied" : "nothing")
            writer.key("mutations")
            writer.int(mutations)
        case .proposed(let proposal):
            writer.string("proposed")
            writer.key("proposal")
            writer.string(proposal)
        }
        writer.endObject()
        return Reply(json: writer.bytes)
    }
}
