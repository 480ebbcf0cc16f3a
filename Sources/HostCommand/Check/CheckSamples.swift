import DocumentModel
import JSONSchema
import PluginProtocol

/// The requests that a check sends, about made-up documents.
enum CheckSamples {
    private static let actor = Actor(kind: .user, id: "usr_check", name: "Check")
    private static let host = PluginRequest.Host(name: "pluginhost check", url: "http://localhost")

    /// A ping, and the challenge in it.
    static func ping() -> (request: PluginRequest, challenge: String) {
        let challenge = String(WebhookSecret.generate().text.dropFirst(WebhookSecret.prefix.count))
        let ping = event(.pluginPing, phase: .after, data: ["challenge": .string(challenge)])
        return (request([ping], scopes: [], document: nil), challenge)
    }

    /// A request about an event that no version of the protocol has.
    static func unknownEvent() -> [UInt8] {
        edited(request([event(.documentCreated, phase: .after)], scopes: [], document: document()?.bytes)) { members in
            guard case .array(let events) = members["events"], case .object(var event) = events.first else { return }
            event["type"] = "document.dreamtOf"
            members["events"] = .array([.object(event)])
        }
    }

    /// A ping with a member that the protocol does not have yet.
    static func pingWithUnknownMember() -> [UInt8] {
        edited(ping().request) { $0["fromTheFuture"] = ["certain": false] }
    }

    /// A request with one event of a type that a subscription asks for; nil when there is no example of the type.
    static func request(
        _ type: EventType,
        _ subscription: Subscription,
        of manifest: Manifest,
        limits: Limits
    ) -> [UInt8]? {
        guard let document = document(type: subscription.match.types.first, tags: subscription.match.tags) else {
            return nil
        }
        let block: JSON = .string(document.block)
        let data: JSON
        switch type {
        case .documentCreated, .documentDeleted: data = [:]
        case .documentChanged: data = ["fromRevision": 1, "revision": 1]
        case .blockCreated, .blockChanged, .blockDeleted: data = ["block": block]
        case .commentAdded:
            data = [
                "comment": .string(IdentifierSource.system.next(CommentIdentifierKind.self).description),
                "block": block,
            ]
        case .participantAdded, .participantRemoved: data = ["participant": ["type": "user", "id": "usr_check"]]
        case .actionInvoked:
            guard let action = manifest.actions.first, action.parameters == nil else { return nil }
            data = ["action": .string(action.name), "parameters": [:]]
        case .viewOpened, .viewAction, .pluginPing: return nil
        }
        var commands: [Command] = []
        if type == .documentChanged,
            let command = try? Command(json: ["op": "document.setTitle", "title": "A document"], index: 0)
        {
            commands = [command]
        }
        let event = event(type, phase: subscription.phase, commands: commands, data: data)
        return request([event], scopes: manifest.scopes, document: document.bytes).encoded()
    }

    private static func event(_ type: EventType, phase: Phase, commands: [Command] = [], data: JSON = [:]) -> Event {
        Event(
            id: IdentifierSource.system.next(),
            type: type,
            phase: phase,
            time: .now(),
            commands: commands,
            data: data
        )
    }

    private static func request(_ events: [Event], scopes: [Scope], document: [UInt8]?) -> PluginRequest {
        PluginRequest(
            exchange: IdentifierSource.system.next(),
            dryRun: true,
            budget: .seconds(2),
            host: host,
            plugin: PluginRequest.Recipient(id: IdentifierSource.system.next(), scopes: scopes),
            actor: actor,
            events: events,
            document: document
        )
    }

    /// A small document, and the id of a block in it.
    private static func document(type: String? = nil, tags: [String] = []) -> (bytes: [UInt8], block: String)? {
        let block = IdentifierSource.system.next(BlockIdentifierKind.self).description
        let creation: JSON = [
            "op": "document.create",
            "type": .string(type ?? "note"),
            "title": "A document",
            "tags": .array(tags.map(JSON.string)),
            "blocks": [
                ["type": "heading", "text": "A heading", "properties": ["level": 1]],
                ["id": .string(block), "type": "paragraph", "text": "It says \"wil\" -- and more. Ça va? 👍🏽"],
                ["type": "heading", "text": "Another heading", "properties": ["level": 2]],
            ],
        ]
        let context = ApplyContext(actor: actor, time: .now(), ids: .system, limits: .default)
        guard let command = try? Command(json: creation, index: 0),
            let change = try? DocumentModel.apply([command], to: nil, context: context)
        else { return nil }
        var writer = JSONWriter(reserving: 2048)
        change.document.write(into: &writer)
        return (writer.bytes, block)
    }

    /// A request as JSON with something changed that ``PluginRequest`` does not let one change.
    private static func edited(_ request: PluginRequest, _ edit: (inout JSONObject) -> Void) -> [UInt8] {
        let bytes = request.encoded()
        guard case .object(var members) = try? JSON(parsing: bytes) else { return bytes }
        edit(&members)
        return JSON.object(members).serialized()
    }
}
