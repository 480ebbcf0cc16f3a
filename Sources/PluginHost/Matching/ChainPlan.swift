public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// Whom a change would be shown to before it is stored, in which order, and how long that may take.
///
/// What a document's tags and text decide, and what earlier plugins of the chain change, is not known in advance: this lists all that may be
/// asked. A change that raises several events is one chain of all whom these plans name.
///
/// JSON: `{"event", "type": string or null, "types": [string], "groups": [[{"plugin", "name", "subscription", "order",
/// "timeoutMilliseconds", "onFailure", "judge", "writes"}]], "conflicts": [{"plugins", "pointer"}], "hasMoreConflicts",
/// "worstCaseMilliseconds", "budgetMilliseconds", "warnings": [string]}`.
/// `Sendable`.
public struct ChainPlan: Sendable {
    /// One subscription that may be asked.
    public struct Step: Sendable {
        /// Whose.
        public var plugin: PluginID
        /// The plugin's name.
        public var name: String
        /// Which of the manifest's subscriptions, from 0.
        public var number: Int
        /// The subscription.
        public var subscription: Subscription
        /// What the plugin may change then: what the subscription declares, else all that it was granted.
        public var permitted: [JSONPointer]
    }

    /// Two plugins that may change the same part of a document, by what they declare and were granted.
    public struct Conflict: Sendable, Hashable {
        /// Their names, the one that is asked first first.
        public var plugins: [String]
        /// The first such part, without positions; the root is everything.
        public var pointer: JSONPointer
    }

    /// The event.
    public let event: EventType
    /// The type of the document; nil: only those who are asked about every type.
    public let documentType: String?
    /// The types that someone names who is asked before the event, sorted; documents of any other type have the plan without a type.
    public let namedTypes: [String]
    /// Those who are asked together, one group after the other; the engine asks the same, of those who want the change.
    public let groups: [[Step]]
    /// Plugins that may change the same; the first ``conflictLimit``.
    public let conflicts: [Conflict]
    /// Whether there may be more.
    public let hasMoreConflicts: Bool
    /// How long the chain takes if every plugin takes all its time.
    public let worstCase: Duration
    /// How long it may take; what is over is taken from those that need not answer first.
    public let budget: Duration

    /// How many conflicts a plan lists at most: their number grows with the square of the plugins'.
    public static let conflictLimit = 1000
    /// How many plugins are compared with each other, for the same reason.
    static let comparedLimit = 500

    /// Whether plugins may get less time than they ask for.
    public var exceedsBudget: Bool { worstCase > budget }

    /// What an administrator should know before plugins run short of time; nil if they do not.
    public var warning: String? {
        exceedsBudget ? Self.warning(event, documentType: documentType, worstCase: worstCase, budget: budget) : nil
    }

    /// What to say when a chain may take longer than it has.
    static func warning(_ event: EventType, documentType: String?, worstCase: Duration, budget: Duration) -> String {
        "the before plugins of \(event.rawValue)" + (documentType.map { " on documents of type \"\($0)\"" } ?? "")
            + " may take \(worstCase.wholeMilliseconds) ms together, of \(budget.wholeMilliseconds) ms that a change waits at most"
    }

    init(
        _ steps: [MatchIndex.Candidate],
        event: EventType,
        documentType: String?,
        namedTypes: [String],
        budget: Duration
    ) {
        self.event = event
        self.documentType = documentType
        self.namedTypes = namedTypes
        self.budget = budget
        let groups = ChainGroups.split(steps) { $0 }
        self.groups = groups.map { $0.map(Step.init) }
        worstCase = ChainTime.worstCase(of: groups)
        let others = self.groups.joined().filter { !$0.subscription.isJudge }
        // One more than is shown tells that there are more.
        let found = Self.conflicts(among: others.prefix(Self.comparedLimit), atMost: Self.conflictLimit + 1)
        conflicts = Array(found.prefix(Self.conflictLimit))
        hasMoreConflicts = found.count > Self.conflictLimit || others.count > Self.comparedLimit
    }

    private static func conflicts(among steps: ArraySlice<Step>, atMost limit: Int) -> [Conflict] {
        var conflicts: [Conflict] = []
        // Made once for each step, not for each pair.
        let parts = steps.map { DeclaredWrites.parts($0.permitted) }
        for (index, first) in steps.enumerated() {
            for (other, second) in steps.enumerated().dropFirst(index + 1) where second.plugin != first.plugin {
                guard let pointer = DeclaredWrites.overlap(parts[index], parts[other]) else { continue }
                conflicts.append(Conflict(plugins: [first.name, second.name], pointer: pointer))
                if conflicts.count == limit { return conflicts }
            }
        }
        return conflicts
    }

    /// Writes the plan as JSON.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("event")
        writer.string(event.rawValue)
        writer.key("type")
        if let documentType { writer.string(documentType) } else { writer.null() }
        writer.key("types")
        writer.beginArray()
        for type in namedTypes { writer.string(type) }
        writer.endArray()
        writer.key("groups")
        writer.beginArray()
        for group in groups {
            writer.beginArray()
            for step in group { step.write(into: &writer) }
            writer.endArray()
        }
        writer.endArray()
        writer.key("conflicts")
        writer.beginArray()
        for conflict in conflicts {
            writer.beginObject()
            writer.key("plugins")
            writer.beginArray()
            for name in conflict.plugins { writer.string(name) }
            writer.endArray()
            writer.key("pointer")
            writer.string(conflict.pointer.description)
            writer.endObject()
        }
        writer.endArray()
        writer.key("hasMoreConflicts")
        writer.bool(hasMoreConflicts)
        writer.key("worstCaseMilliseconds")
        writer.int(worstCase.wholeMilliseconds)
        writer.key("budgetMilliseconds")
        writer.int(budget.wholeMilliseconds)
        writer.key("warnings")
        writer.beginArray()
        if let warning { writer.string(warning) }
        writer.endArray()
        writer.endObject()
    }
}

extension ChainPlan.Step {
    fileprivate init(_ candidate: MatchIndex.Candidate) {
        plugin = candidate.plugin.id
        name = candidate.plugin.name
        number = candidate.number
        subscription = candidate.subscription
        permitted = DeclaredWrites.permitted(candidate.subscription, candidate.plugin.scopes)
    }

    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("plugin")
        writer.string(plugin)
        writer.key("name")
        writer.string(name)
        writer.key("subscription")
        writer.int(number)
        writer.key("order")
        writer.int(subscription.order)
        writer.key("timeoutMilliseconds")
        writer.int(subscription.timeout.wholeMilliseconds)
        writer.key("onFailure")
        writer.string(subscription.onFailure.rawValue)
        writer.key("judge")
        writer.bool(subscription.isJudge)
        writer.key("writes")
        if let writes = subscription.writes {
            writer.beginArray()
            for pointer in writes { writer.string(pointer.description) }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.endObject()
    }
}
