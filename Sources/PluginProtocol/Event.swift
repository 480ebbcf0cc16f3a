public import DocumentModel
public import JSONSchema

/// One thing that happened, as a plugin is told of it.
///
/// Shape: `{"id", "type", "phase", "time", "hop", "causes", "commands"?, "data"}`; `commands` are there
/// on `document.changed` only. `Sendable`.
public struct Event: Sendable, Hashable {
    /// Names this event.
    public var id: EventID
    /// What happened.
    public var type: EventType
    /// Whether it is about to happen or has happened.
    public var phase: Phase
    /// When.
    public var time: Timestamp
    /// How many reactions lie between a person's change and this event, from 0.
    public var hop: Int
    /// The events that led to this one, the nearest last.
    public var causes: [EventID]
    /// The commands of the change; empty but on `document.changed`.
    public var commands: [Command]
    /// What ``EventType`` says of its kind; `{}` for the others.
    public var data: JSON

    /// Makes an event.
    public init(
        id: EventID,
        type: EventType,
        phase: Phase,
        time: Timestamp,
        hop: Int = 0,
        causes: [EventID] = [],
        commands: [Command] = [],
        data: JSON = [:]
    ) {
        self.id = id
        self.type = type
        self.phase = phase
        self.time = time
        self.hop = hop
        self.causes = causes
        self.commands = commands
        self.data = data
    }

    /// Writes the event as one object.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("type")
        writer.string(type.rawValue)
        writer.key("phase")
        writer.string(phase.rawValue)
        writer.key("time")
        writer.string(time)
        writer.key("hop")
        writer.int(hop)
        writer.key("causes")
        writer.beginArray()
        for cause in causes { writer.string(cause) }
        writer.endArray()
        if type == .documentChanged {
            writer.key("commands")
            writer.beginArray()
            for command in commands { command.write(into: &writer) }
            writer.endArray()
        }
        writer.key("data")
        writer.value(data)
        writer.endObject()
    }
}
