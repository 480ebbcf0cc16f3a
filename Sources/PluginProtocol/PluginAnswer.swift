public import DocumentModel
public import JSONSchema

/// What a plugin answered, checked and decoded.
///
/// Shape: `{"protocol", "verdict"?, "commands"?, "view"?, "warnings"?, "notes"?, "state"?, "defer"?,
/// "challenge"?, "manifest"?}`. `Sendable`. ``read(status:contentType:body:limits:)`` makes it from an
/// HTTP answer.
public struct PluginAnswer: Sendable, Hashable {
    /// The plugin's announcement that its answer comes later.
    ///
    /// Shape: `{"seconds"?, "reason"?}`; both nil after a bare status 202. `Sendable`.
    public struct Deferral: Sendable, Hashable {
        /// How long it thinks it needs.
        public var seconds: Double?
        /// Why it takes so long.
        public var reason: String?

        /// Announces a later answer.
        public init(seconds: Double? = nil, reason: String? = nil) {
            self.seconds = seconds
            self.reason = reason
        }
    }

    /// Whether the change may happen; nil means the plugin does not mind.
    public var verdict: Verdict?
    /// What to do, in order; at most ``Limits/commandsPerAnswer``.
    public var commands: [Command]
    /// What to show; nil for nothing new.
    public var view: JSON?
    /// For the person who made the change.
    public var warnings: [String]
    /// For the audit trail: texts by name.
    public var notes: JSONObject
    /// What the plugin wants back the next time on this document; nil keeps what there is.
    public var state: JSON?
    /// Set if the answer comes later.
    public var `defer`: Deferral?
    /// The challenge of a ping, given back.
    public var challenge: String?
    /// What the plugin says of itself, in answer to a ping.
    public var manifest: Manifest?

    /// An answer that says what is given and nothing else.
    public init(
        verdict: Verdict? = nil,
        commands: [Command] = [],
        view: JSON? = nil,
        warnings: [String] = [],
        notes: JSONObject = [:],
        state: JSON? = nil,
        defer deferral: Deferral? = nil,
        challenge: String? = nil,
        manifest: Manifest? = nil
    ) {
        self.verdict = verdict
        self.commands = commands
        self.view = view
        self.warnings = warnings
        self.notes = notes
        self.state = state
        self.`defer` = deferral
        self.challenge = challenge
        self.manifest = manifest
    }

    /// The answer that says nothing.
    public static let nothing = PluginAnswer()

    /// Whether the plugin had nothing to say.
    public var isNothing: Bool { self == .nothing }

    /// Writes the answer as one object; members that say nothing are left out.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("protocol")
        writer.string(PluginRequest.protocolVersion)
        if let challenge {
            writer.key("challenge")
            writer.string(challenge)
        }
        if let verdict {
            writer.key("verdict")
            verdict.write(into: &writer)
        }
        if !commands.isEmpty {
            writer.key("commands")
            writer.beginArray()
            for command in commands { command.write(into: &writer) }
            writer.endArray()
        }
        if let view {
            writer.key("view")
            writer.value(view)
        }
        if !warnings.isEmpty {
            writer.key("warnings")
            writer.beginArray()
            for warning in warnings { writer.string(warning) }
            writer.endArray()
        }
        if !notes.isEmpty {
            writer.key("notes")
            writer.value(.object(notes))
        }
        if let state {
            writer.key("state")
            writer.value(state)
        }
        if let deferral = `defer` {
            writer.key("defer")
            writer.beginObject()
            deferral.writeMembers(into: &writer)
            writer.endObject()
        }
        if let manifest {
            writer.key("manifest")
            writer.value(manifest.json)
        }
        writer.endObject()
    }
}

extension PluginAnswer.Deferral {
    /// Writes what the plugin said, as members of an object: `seconds`, `reason`.
    ///
    /// - Parameter writer: in an object.
    public func writeMembers(into writer: inout JSONWriter) {
        if let seconds {
            writer.key("seconds")
            writer.number(JSONNumber(seconds))
        }
        if let reason {
            writer.key("reason")
            writer.string(reason)
        }
    }
}
