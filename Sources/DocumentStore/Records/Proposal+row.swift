internal import DocumentModel
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

extension DeferredExchange {
    /// What ``init(row:)`` reads, in its order.
    static let columns =
        "exchange, plugin, subscription, document, revision, expires, refused, answered, hop, actor, causes"

    init(row: PreparedStatement) throws {
        self.init(
            exchange: try row.identifier(0),
            plugin: try row.identifier(1),
            subscription: row.int(2),
            document: try row.identifier(3),
            revision: row.optionalInt(4),
            actor: try Actor.stored(StoredJSON.read(row.bytes(9))),
            hop: row.int(8),
            causes: try EventID.stored(row.bytes(10)),
            expires: row.timestamp(5),
            refused: row.int(6),
            isAnswered: row.int(7) != 0
        )
    }

    /// Binds all columns, in the order of ``columns``.
    func bind(to statement: PreparedStatement) {
        statement.bind(exchange)
        statement.bind(plugin)
        statement.bind(subscription)
        statement.bind(document)
        statement.bind(revision)
        statement.bind(expires)
        statement.bind(refused)
        statement.bind(isAnswered)
        statement.bind(hop)
        statement.bind(text: actor.encoded())
        statement.bind(text: EventID.encoded(causes))
    }
}

extension Proposal {
    /// What ``init(row:)`` reads, in its order; `seq` is column 0.
    static let columns = """
        seq, id, exchange, plugin, document, revision, state, origin, time, hop, plugin_name, causes, conflict, warnings, \
        decision, commands
        """

    init(row: PreparedStatement) throws {
        self.init(
            id: try row.identifier(1),
            exchange: try row.identifier(2),
            plugin: try row.identifier(3),
            pluginName: row.text(10),
            document: try row.identifier(4),
            revision: row.int(5),
            hop: row.int(9),
            causes: try EventID.stored(row.bytes(11)),
            origin: try storedName(row.text(7)),
            conflict: try row.optionalBytes(12).flatMap { Refusal(json: try StoredJSON.read($0)) },
            warnings: try (StoredJSON.read(row.bytes(13)).arrayValue ?? []).compactMap(\.stringValue),
            commands: try Self.commands(row.bytes(15)),
            time: row.timestamp(8)
        )
        state = try storedName(row.text(6))
        decision = try row.optionalBytes(14).map { try Decision(stored: StoredJSON.read($0)) }
    }

    /// Binds all columns but `seq`, in the order of ``columns``.
    func bind(to statement: PreparedStatement) {
        statement.bind(id)
        statement.bind(exchange)
        statement.bind(plugin)
        statement.bind(document)
        statement.bind(revision)
        statement.bind(state.rawValue)
        statement.bind(origin.rawValue)
        statement.bind(time)
        statement.bind(hop)
        statement.bind(pluginName)
        statement.bind(text: EventID.encoded(causes))
        statement.bind(text: conflict.map { Self.encoded($0.write(into:)) })
        statement.bind(text: JSON.array(warnings.map { .string($0) }).serialized())
        statement.bind(text: decision.map { Self.encoded($0.write(into:)) })
        statement.bind(
            text: Self.encoded { writer in
                writer.beginArray()
                for command in commands { command.write(into: &writer) }
                writer.endArray()
            }
        )
    }

    private static func encoded(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        write(&writer)
        return writer.bytes
    }

    private static func commands(_ bytes: [UInt8]) throws -> [Command] {
        try (StoredJSON.read(bytes).arrayValue ?? []).enumerated().map { index, json in
            do {
                return try Command(json: json, index: index)
            } catch {
                throw StoreError(.corrupt, "a proposal's command \(index) cannot be read: \(error)")
            }
        }
    }
}

extension Proposal.Decision {
    /// `{"actor", "time", "reason"?, "revision"?}`, the time in milliseconds since 1970.
    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("actor")
        actor.write(into: &writer)
        writer.key("time")
        writer.int(Int(time.millisecondsSince1970))
        if let reason {
            writer.key("reason")
            writer.string(reason)
        }
        if let revision {
            writer.key("revision")
            writer.int(revision)
        }
        writer.endObject()
    }

    fileprivate init(stored json: JSON) throws {
        guard let actor = json["actor"], let time = json["time"]?.intValue else {
            throw StoreError(.corrupt, "a proposal's decision is malformed")
        }
        self.init(
            actor: try Actor.stored(actor),
            time: Timestamp(millisecondsSince1970: Int64(time)),
            reason: json["reason"]?.stringValue,
            revision: json["revision"]?.intValue
        )
    }
}

extension Actor {
    fileprivate static func stored(_ json: JSON) throws -> Actor {
        do {
            return try Actor(json: json)
        } catch {
            throw StoreError(.corrupt, "a stored actor cannot be read: \(error)")
        }
    }

    fileprivate func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: 96)
        write(into: &writer)
        return writer.bytes
    }
}

extension EventID {
    fileprivate static func encoded(_ ids: [EventID]) -> [UInt8] {
        JSON.array(ids.map { .string($0.description) }).serialized()
    }

    fileprivate static func stored(_ bytes: [UInt8]) throws -> [EventID] {
        try (StoredJSON.read(bytes).arrayValue ?? []).map { id in
            guard let id = id.stringValue.flatMap(EventID.init(parsing:)) else {
                throw StoreError(.corrupt, "a stored list of events is malformed")
            }
            return id
        }
    }
}
