internal import JSONSchema
public import PluginProtocol

/// What a plugin does when it is asked: a subscription and the code behind it.
///
/// `Sendable`.
public struct Handler: Sendable {
    /// Answers one call.
    ///
    /// Whatever it throws is answered with status 500; the host then does what `onFailure` says.
    public typealias Body = @Sendable (PluginCall) async throws -> PluginAnswer

    let events: [EventType]
    let phase: Phase
    let subscription: JSON
    let body: Body

    /// Subscribes to events.
    ///
    /// - Parameters:
    ///   - events: the types wanted, at least one.
    ///   - phase: when to be asked.
    ///   - types: the types of documents wanted; all if empty.
    ///   - tags: tags that the document must all have.
    ///   - text: a regular expression that must be found in the document's text.
    ///   - order: plugins of one phase are asked by this, the smallest first.
    ///   - timeout: how long the host waits; at most 10 s in `before` and `render`, 30 s in `after`.
    ///   - onFailure: what happens to the change when this plugin fails.
    ///   - onConflict: what happens to an answer in `after` that cannot follow the document, which moved on meanwhile.
    ///   - reads: pointers to the parts of the document that are needed; nil for all of it.
    ///   - writes: pointers to the parts that may be changed; nil for all that the scopes allow.
    ///   - sideEffects: whether answering does anything outside the answer.
    ///   - runsAfter: names of plugins that must be asked before this one.
    ///   - runsBefore: names of plugins that must be asked after this one.
    ///   - echo: whether to hear of this plugin's own changes.
    ///   - body: answers one call.
    public init(
        _ events: EventType...,
        phase: Phase = .after,
        types: [String] = [],
        tags: [String] = [],
        text: String? = nil,
        order: Int = Subscription.defaultOrder,
        timeout: Duration = Limits.default.pluginTimeDefault,
        onFailure: FailurePolicy = .skip,
        onConflict: ConflictPolicy = .refuse,
        reads: [String]? = nil,
        writes: [String]? = nil,
        sideEffects: Subscription.SideEffects = .some,
        runsAfter: [String] = [],
        runsBefore: [String] = [],
        echo: Bool = false,
        body: @escaping Body
    ) {
        self.events = events
        self.phase = phase
        self.body = body
        var match = JSONObject()
        if !types.isEmpty { match["types"] = Self.strings(types) }
        if !tags.isEmpty { match["tags"] = Self.strings(tags) }
        if let text { match["text"] = .string(text) }
        var members: JSONObject = [
            "events": Self.strings(events.map(\.rawValue)),
            "phase": .string(phase.rawValue),
            "order": .number(JSONNumber(order)),
            "timeoutMilliseconds": .number(JSONNumber(Int(timeout / .milliseconds(1)))),
            "onFailure": .string(onFailure.rawValue),
            "sideEffects": .string(sideEffects.rawValue),
            "echo": .bool(echo),
        ]
        if !match.isEmpty { members["match"] = .object(match) }
        if onConflict != .refuse { members["onConflict"] = .string(onConflict.rawValue) }
        if let reads { members["reads"] = Self.strings(reads) }
        if let writes { members["writes"] = Self.strings(writes) }
        if !runsAfter.isEmpty { members["runsAfter"] = Self.strings(runsAfter) }
        if !runsBefore.isEmpty { members["runsBefore"] = Self.strings(runsBefore) }
        subscription = .object(members)
    }

    /// Whether a request of this phase with these events can come from this subscription.
    func wants(_ call: PluginCall) -> Bool {
        call.events.allSatisfy { $0.phase == phase && events.contains($0.type) }
    }

    static func strings(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
}
