internal import DocumentModel
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

/// How an exchange lies in its row: what is asked for in columns, the rest as JSON.
extension ExchangeRecord {
    /// `[["evt_…", "document.changed"], …]`.
    func encodedEvents() -> [UInt8] {
        var writer = JSONWriter(reserving: 16 + events.count * 56)
        writer.beginArray()
        for event in events {
            writer.beginArray()
            writer.string(event.id)
            writer.string(unescaped: event.type.rawValue.utf8)
            writer.endArray()
        }
        writer.endArray()
        return writer.bytes
    }

    /// `{"timings": {…}, "denied"?, "refusal"?, "warnings"?, "notes"?, "subscription"?, "dryRun"?, "trace"?, "proposal"?}`; timings
    /// of 0 are left out.
    func encodedDetail() -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.key("timings")
        timings.write(into: &writer)
        if denied {
            writer.key("denied")
            writer.bool(true)
        }
        if let refusal {
            writer.key("refusal")
            refusal.write(into: &writer)
        }
        if !warnings.isEmpty {
            writer.key("warnings")
            writer.beginArray()
            for warning in warnings { writer.string(warning) }
            writer.endArray()
        }
        if let notes {
            writer.key("notes")
            writer.value(notes)
        }
        if let trace {
            writer.key("trace")
            writer.string(trace.parent)
        }
        if isDry {
            writer.key("dryRun")
            writer.bool(true)
        }
        if let subscription {
            writer.key("subscription")
            writer.int(subscription)
        }
        if let proposal {
            writer.key("proposal")
            writer.string(proposal)
        }
        writer.endObject()
        return writer.bytes
    }

    /// What ``init(row:)`` reads, in its order.
    static let columns = """
        exchange.id, plugin, document, phase, revision, time, outcome, status, mutations, plugin_name, plugin_version, \
        events, detail, matching
        """

    static let columnCount: Int32 = 14

    init(row: PreparedStatement) throws {
        self.init(
            id: try row.identifier(0),
            plugin: try row.identifier(1),
            pluginName: row.text(9),
            pluginVersion: row.text(10),
            document: try row.optionalIdentifier(2),
            revision: row.optionalInt(4),
            phase: try row.optionalText(3).map { try storedName($0) },
            events: try Self.decodeEvents(row.bytes(11)),
            time: row.timestamp(5)
        )
        outcome = try row.optionalText(6).map { try storedName($0) }
        status = row.optionalInt(7)
        mutations = row.int(8)
        matching = try RecordedMatching(row, 13)
        guard let detail = try row.optionalBytes(12).map({ try StoredJSON.read($0) }) else { return }
        timings = ExchangeTimings(json: detail["timings"] ?? .null)
        denied = detail["denied"]?.boolValue ?? false
        refusal = detail["refusal"].flatMap(Refusal.init(json:))
        warnings = detail["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
        notes = detail["notes"]
        trace = detail["trace"]?.stringValue.flatMap { TraceContext(parent: $0) }
        isDry = detail["dryRun"]?.boolValue ?? false
        subscription = detail["subscription"]?.intValue
        proposal = detail["proposal"]?.stringValue.flatMap(ProposalID.init(parsing:))
    }

    private static func decodeEvents(_ bytes: [UInt8]) throws -> [EventReference] {
        try (StoredJSON.read(bytes).arrayValue ?? []).map { pair in
            guard let id = pair[0]?.stringValue.flatMap(EventID.init(parsing:)), let type = pair[1]?.stringValue else {
                throw StoreError(.corrupt, "an exchange's list of events is malformed")
            }
            return EventReference(id: id, type: try storedName(type))
        }
    }
}

/// Reads a name of a closed set as it was stored.
func storedName<Name: RawRepresentable>(_ text: String) throws -> Name where Name.RawValue == String {
    guard let name = Name(rawValue: text) else {
        throw StoreError(.corrupt, "\"\(text.prefix(40))\" is no \(Name.self)")
    }
    return name
}

/// JSON that the store wrote itself: no limit but its size.
enum StoredJSON {
    private static let limits = JSONLimits(
        depth: 500,
        sizeBytes: .max,
        stringBytes: .max,
        numberBytes: .max,
        duplicateKeys: .keepLast
    )

    static func read(_ bytes: [UInt8]) throws -> JSON {
        do {
            return try JSON(parsing: bytes, limits: limits)
        } catch {
            throw StoreError(.corrupt, "stored JSON cannot be read: \(error.code) at byte \(error.offset)")
        }
    }
}

extension ExchangeTimings {
    private static let members: [(name: String, path: any WritableKeyPath<Self, Int> & Sendable)] = [
        ("match", \.match), ("queue", \.queue), ("dns", \.dns), ("connect", \.connect), ("tls", \.tls),
        ("send", \.send),
        ("plugin", \.plugin), ("receive", \.receive), ("validate", \.validate), ("apply", \.apply), ("total", \.total),
    ]

    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        // Not by key path: this is on the hot path.
        put("match", match)
        put("queue", queue)
        put("dns", dns)
        put("connect", connect)
        put("tls", tls)
        put("send", send)
        put("plugin", plugin)
        put("receive", receive)
        put("validate", validate)
        put("apply", apply)
        put("total", total)
        writer.endObject()

        func put(_ name: StaticString, _ value: Int) {
            guard value != 0 else { return }
            writer.key(name)
            writer.int(value)
        }
    }

    fileprivate init(json: JSON) {
        self.init()
        for member in Self.members { self[keyPath: member.path] = json[member.name]?.intValue ?? 0 }
    }
}
