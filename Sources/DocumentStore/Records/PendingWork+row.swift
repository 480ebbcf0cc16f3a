internal import DocumentModel
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

extension PendingWork {
    /// What ``init(row:)`` reads, in its order.
    static let columns = "id, plugin, document, subscription, actor, events"

    func encodedActor() -> [UInt8] {
        var writer = JSONWriter(reserving: 96)
        actor.write(into: &writer)
        return writer.bytes
    }

    func encodedEvents() -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.beginArray()
        for event in events {
            writer.beginObject()
            writer.key("id")
            writer.string(event.id)
            writer.key("type")
            writer.string(unescaped: event.type.rawValue.utf8)
            writer.key("phase")
            writer.string(unescaped: event.phase.rawValue.utf8)
            writer.key("time")
            writer.int(Int(event.time.millisecondsSince1970))
            writer.key("hop")
            writer.int(event.hop)
            writer.key("causes")
            writer.beginArray()
            for cause in event.causes { writer.string(cause) }
            writer.endArray()
            writer.key("commands")
            writer.beginArray()
            for command in event.commands { command.write(into: &writer) }
            writer.endArray()
            writer.key("data")
            writer.value(event.data)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    init(row: PreparedStatement) throws {
        let events = row.bytes(5)
        self.init(
            id: WorkID(row.int64(0)),
            plugin: try row.identifier(1),
            document: try row.identifier(2),
            subscription: row.int(3),
            actor: try Actor(json: StoredJSON.read(row.bytes(4))),
            events: try (StoredJSON.read(events).arrayValue ?? []).map { try Event(stored: $0) },
            bytes: events.count
        )
    }
}

extension Event {
    fileprivate init(stored json: JSON) throws {
        guard let id = json["id"]?.stringValue.flatMap(EventID.init(parsing:)),
            let type = json["type"]?.stringValue.flatMap(EventType.init(rawValue:)),
            let phase = json["phase"]?.stringValue.flatMap(Phase.init(rawValue:)),
            let time = json["time"]?.intValue, let hop = json["hop"]?.intValue,
            let causes = json["causes"]?.arrayValue, let commands = json["commands"]?.arrayValue,
            let data = json["data"]
        else { throw StoreError(.corrupt, "an event of pending work is malformed") }
        self.init(
            id: id,
            type: type,
            phase: phase,
            time: Timestamp(millisecondsSince1970: Int64(time)),
            hop: hop,
            causes: causes.compactMap { $0.stringValue.flatMap(EventID.init(parsing:)) },
            commands: try commands.enumerated().map { try Command(json: $0.element, index: $0.offset) },
            data: data
        )
    }
}
