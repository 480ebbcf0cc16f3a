public import JSONSchema

/// One row of a manifest: when a plugin wants to be asked, and on what terms.
///
/// Shape: `{"events", "phase"?, "match"?, "order"?, "timeoutMilliseconds"?, "onFailure"?, "onConflict"?, "reads"?,
/// "writes"?, "sideEffects"?, "runsAfter"?, "runsBefore"?, "echo"?}`. `Sendable`.
public struct Subscription: Sendable, Hashable {
    /// Which documents a subscription is about; all that is given must hold.
    ///
    /// Shape: `{"types"?, "tags"?, "text"?}`. `Sendable`.
    public struct Match: Sendable, Hashable {
        /// The document's type is one of these; any if empty.
        public var types: [String] = []
        /// The document has all of these tags.
        public var tags: [String] = []
        /// Must be found somewhere in the document's text; nil for anything.
        public var text: TextPattern?

        /// Matches every document.
        public static let everything = Match()
    }

    /// Whether answering does anything outside the answer.
    ///
    /// `Sendable`.
    public enum SideEffects: String, Sendable, Hashable, CaseIterable {
        /// It changes nothing anywhere, so the plugin may be asked in dry runs and replays.
        case none
        /// It may change something elsewhere.
        case some
    }

    /// The types of events wanted, at least one.
    public let events: [EventType]
    /// When to ask.
    public let phase: Phase
    /// Which documents.
    public let match: Match
    /// Plugins of one phase are asked by this, the smallest first.
    public let order: Int
    /// How long the host waits for the whole answer.
    public let timeout: Duration
    /// What happens to the change when the plugin fails.
    public let onFailure: FailurePolicy
    /// What happens to an answer in `after` that cannot follow the document.
    public let onConflict: ConflictPolicy
    /// The parts of the document that the plugin needs, without array indices; nil for all of it.
    public let reads: [JSONPointer]?
    /// The parts that it may change, without array indices; nil for all that the scopes allow.
    public let writes: [JSONPointer]?
    /// Whether answering does anything outside the answer.
    public let sideEffects: SideEffects
    /// Names of plugins that must be asked before this one.
    public let runsAfter: [String]
    /// Names of plugins that must be asked after this one.
    public let runsBefore: [String]
    /// Whether the plugin wants to hear of its own changes.
    public let echo: Bool

    /// What ``reads`` select, compiled.
    public let selection: DocumentSelection

    /// Whether the plugin only judges: it runs in parallel with other judges, last, on the final candidate.
    public var isJudge: Bool { phase == .before && writes?.isEmpty == true }

    /// The order where a manifest gives none.
    public static let defaultOrder = 100

    init(_ reader: ManifestReader, limits: Limits) throws(ManifestError) {
        var events: [EventType] = []
        let place = reader.pointer.appending("events")
        for (index, text) in try reader.strings("events").enumerated() {
            events.append(try ManifestReader.choice(text, among: EventType.subscribable, at: place.appending(index)))
        }
        guard !events.isEmpty else {
            throw ManifestError(at: place, rule: "minItems", "expected at least one type of event", limit: 1)
        }
        self.events = events
        let phase: Phase = try reader.choice("phase") ?? .after
        self.phase = phase
        match = try Match(reader.object("match"))
        order = try reader.integer("order") ?? Self.defaultOrder
        timeout = try Self.timeout(reader, phase: phase, limits: limits)
        onFailure = try reader.choice("onFailure") ?? .skip
        onConflict = try reader.choice("onConflict") ?? .refuse
        reads = try reader.documentPointers("reads")
        selection = DocumentSelection(reads: reads)
        writes = try reader.documentPointers("writes")
        sideEffects = try reader.choice("sideEffects") ?? .some
        runsAfter = try reader.strings("runsAfter")
        runsBefore = try reader.strings("runsBefore")
        echo = try reader.bool("echo") ?? false
    }

    private static func timeout(
        _ reader: ManifestReader,
        phase: Phase,
        limits: Limits
    ) throws(ManifestError) -> Duration {
        let name = "timeoutMilliseconds"
        let longest = limits.longestPluginTime(in: phase)
        guard let wanted = try reader.integer(name) else { return min(limits.pluginTimeDefault, longest) }
        guard wanted >= 1 else {
            throw ManifestError(
                at: reader.pointer.appending(name),
                rule: "minimum",
                "expected at least 1 ms, found \(wanted)",
                limit: 1,
                actual: .number(JSONNumber(wanted))
            )
        }
        guard wanted <= longest.wholeMilliseconds else {
            throw ManifestError(
                at: reader.pointer.appending(name),
                rule: "maximum",
                "in \(phase.rawValue) a plugin has at most \(longest.wholeMilliseconds) ms, found \(wanted)",
                limit: .number(JSONNumber(longest.wholeMilliseconds)),
                actual: .number(JSONNumber(wanted))
            )
        }
        return .milliseconds(wanted)
    }
}

extension Subscription.Match {
    fileprivate init(_ reader: ManifestReader) throws(ManifestError) {
        types = try reader.strings("types")
        tags = try reader.strings("tags")
        guard let source = try reader.optionalString("text") else { return }
        do {
            text = try TextPattern(source)
        } catch {
            throw ManifestError(
                at: reader.pointer.appending("text"),
                rule: "pattern",
                error.message,
                actual: JSON.string(source).shortened
            )
        }
    }
}
