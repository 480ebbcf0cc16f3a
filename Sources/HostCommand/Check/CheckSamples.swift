import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol

/// The requests that a check sends beside the host's own ``ProbeSample``s.
enum CheckSamples {
    private static let actor = Actor(kind: .user, id: "usr_check", name: "Check")
    static let host = PluginRequest.Host(name: "pluginhost check", url: "http://localhost")

    /// A ping, and the challenge in it.
    static func ping() -> (request: PluginRequest, challenge: String) {
        let challenge = String(WebhookSecret.generate().text.dropFirst(WebhookSecret.prefix.count))
        return (request(.pluginPing, data: ["challenge": .string(challenge)]), challenge)
    }

    /// A request about an event that no version of the protocol has.
    static func unknownEvent() -> [UInt8] {
        let document = ProbeSample.document(.everything, block: nil, ids: .system, time: .now())
        return edited(request(.documentCreated, document: document?.serialized())) { members in
            guard case .array(let events) = members["events"], case .object(var event) = events.first else { return }
            event["type"] = "document.dreamtOf"
            members["events"] = .array([.object(event)])
        }
    }

    /// A ping with a member that the protocol does not have yet.
    static func pingWithUnknownMember() -> [UInt8] {
        edited(ping().request) { $0["fromTheFuture"] = ["certain": false] }
    }

    private static func request(_ type: EventType, data: JSON = [:], document: [UInt8]? = nil) -> PluginRequest {
        let ids = IdentifierSource.system
        return PluginRequest(
            exchange: ids.next(),
            dryRun: true,
            budget: .seconds(2),
            host: host,
            plugin: PluginRequest.Recipient(id: ids.next(), scopes: []),
            actor: actor,
            events: [Event(id: ids.next(), type: type, phase: .after, time: .now(), data: data)],
            document: document
        )
    }

    /// A request as JSON with something changed that ``PluginRequest`` does not let one change.
    private static func edited(_ request: PluginRequest, _ edit: (inout JSONObject) -> Void) -> [UInt8] {
        let bytes = request.encoded()
        guard case .object(var members) = try? JSON(parsing: bytes) else { return bytes }
        edit(&members)
        return JSON.object(members).serialized()
    }
}
