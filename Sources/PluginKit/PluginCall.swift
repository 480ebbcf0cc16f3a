public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// What a plugin is asked, decoded.
///
/// Members that this version does not know are ignored, since later versions of the protocol may add
/// some. `Sendable`.
public struct PluginCall: Sendable {
    /// Names the exchange; send it back as `pluginhost-exchange` when calling the API about this change.
    public var exchange: ExchangeID
    /// Whether the answer will be thrown away: do nothing that lasts.
    public var dryRun: Bool
    /// How long the host still waits.
    public var budget: Duration
    /// Who asks.
    public var host: PluginRequest.Host
    /// What the host knows of this plugin: its id, what it was granted, and the state it left.
    public var plugin: PluginRequest.Recipient
    /// Whose change this is about.
    public var actor: Actor
    /// What happened, at least one event, as far as this version knows them.
    public var events: [Event]
    /// The document, as far as the subscription's `reads` select it; nil for a ping.
    ///
    /// What they leave out is empty, and was written by nobody at the beginning of time.
    public var document: Document?
    /// The document as it came, to tell what is empty from what was left out.
    public var documentJSON: JSON
    /// The view that a person acted in; nil otherwise.
    public var view: JSON?
    /// Where an answer may come later; nil if it may not.
    public var continuation: PluginRequest.Continuation?

    /// The state this plugin left on the document, `{}` at first.
    public var state: JSON { plugin.state }

    /// The first event of this type.
    public func event(_ type: EventType) -> Event? { events.first { $0.type == type } }
}

/// Why a request is not one of this protocol.
///
/// `Sendable`; safe to log.
public struct PluginCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place in the request.
    public let pointer: JSONPointer
    /// One sentence: what was wrong.
    public let message: String

    init(_ pointer: JSONPointer, _ message: String) {
        self.pointer = pointer
        self.message = message
    }

    init(_ tokens: [String], _ message: String) { self.init(JSONPointer(tokens: tokens), message) }

    /// The place and the message.
    public var description: String { pointer.isRoot ? message : "\(pointer): \(message)" }
}

extension PluginCall {
    /// Decodes a request body.
    ///
    /// - Parameter json: the request; see ``PluginRequest/encoded()`` for its shape.
    /// - Throws: ``PluginCallError``.
    public init(json: JSON) throws(PluginCallError) {
        let version = json["protocol"]?.stringValue
        guard version == PluginRequest.protocolVersion else {
            throw PluginCallError(
                ["protocol"],
                "expected \"\(PluginRequest.protocolVersion)\", found \(version.map { "\"\($0.prefix(20))\"" } ?? "none")"
            )
        }
        guard let exchange = json["exchange"]?.stringValue.flatMap({ ExchangeID(parsing: $0) }) else {
            throw PluginCallError(["exchange"], "expected the id of an exchange")
        }
        guard let plugin = json["plugin"]?["id"]?.stringValue.flatMap({ PluginID(parsing: $0) }) else {
            throw PluginCallError(["plugin", "id"], "expected the id of a plugin")
        }
        self.exchange = exchange
        dryRun = json["dryRun"]?.boolValue ?? false
        budget = .milliseconds(json["budgetMilliseconds"]?.intValue ?? 0)
        host = PluginRequest.Host(
            name: json["host"]?["name"]?.stringValue ?? "",
            url: json["host"]?["url"]?.stringValue ?? ""
        )
        self.plugin = PluginRequest.Recipient(
            id: plugin,
            scopes: (json["plugin"]?["scopes"]?.arrayValue ?? []).compactMap {
                $0.stringValue.flatMap { Scope(parsing: $0) }
            },
            state: json["plugin"]?["state"] ?? [:]
        )
        do {
            actor = try Actor(json: json["actor"].reading(["type", "id", "name"]))
        } catch {
            throw PluginCallError(JSONPointer(tokens: ["actor"]).appending(error.pointer), error.message)
        }
        guard let events = json["events"]?.arrayValue, !events.isEmpty else {
            throw PluginCallError(["events"], "expected at least one event")
        }
        self.events = []
        for (index, event) in events.enumerated() {
            if let event = try Event(reading: event, at: ["events", String(index)]) { self.events.append(event) }
        }
        documentJSON = json["document"] ?? .null
        if !documentJSON.isNull {
            do {
                document = try Document(json: PartialDocument.completed(documentJSON))
            } catch {
                throw PluginCallError(JSONPointer(tokens: ["document"]).appending(error.pointer), error.message)
            }
        }
        view = json["view"].flatMap { $0.isNull ? nil : $0 }
        if let url = json["continuation"]?["url"]?.stringValue,
            let expires = json["continuation"]?["expires"]?.stringValue.flatMap({ Timestamp(parsing: $0) })
        {
            continuation = PluginRequest.Continuation(url: url, expires: expires)
        }
    }
}

extension Event {
    /// Decodes an event; nil if its type or phase is one that this version does not know.
    init?(reading json: JSON, at place: [String]) throws(PluginCallError) {
        guard let type = json["type"]?.stringValue, let phase = json["phase"]?.stringValue else {
            throw PluginCallError(place, "expected an event with type and phase")
        }
        guard let type = EventType(rawValue: type), let phase = Phase(rawValue: phase) else { return nil }
        guard let id = json["id"]?.stringValue.flatMap({ EventID(parsing: $0) }) else {
            throw PluginCallError(place + ["id"], "expected the id of an event")
        }
        guard let time = json["time"]?.stringValue.flatMap({ Timestamp(parsing: $0) }) else {
            throw PluginCallError(place + ["time"], "expected a time as in RFC 3339")
        }
        self.init(
            id: id,
            type: type,
            phase: phase,
            time: time,
            hop: json["hop"]?.intValue ?? 0,
            causes: (json["causes"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { EventID(parsing: $0) } },
            // A command that this version does not know is no reason not to hear of the change.
            commands: (json["commands"]?.arrayValue ?? []).enumerated().compactMap { index, json in
                try? Command(json: json, index: index)
            },
            data: json["data"] ?? [:]
        )
    }
}
