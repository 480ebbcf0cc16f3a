public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// Whom a change would be shown to before it is stored, in which order, and how long that may take.
///
/// What a document's tags and text decide, and what earlier plugins of the chain change, is not known in advance: this lists all that may be
/// asked. JSON: `{"event", "type", "groups": [[{"plugin", "name", "subscription", "order", "timeoutMilliseconds", "onFailure",
/// "judge", "writes"}]], "conflicts": [{"plugins", "pointer"}], "worstCaseMilliseconds", "budgetMilliseconds"}`.
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
    }

    /// Two plugins that may change the same part of a document.
    public struct Conflict: Sendable, Hashable {
        /// Their names, the one that is asked first first.
        public var plugins: [String]
        /// The part, without positions; the root if both may change everything.
        public var pointer: JSONPointer
    }

    /// The event.
    public let event: EventType
    /// The type of the document.
    public let documentType: String
    /// Those who are asked together, one group after the other.
    public let groups: [[Step]]
    /// Plugins that may change the same.
    public let conflicts: [Conflict]
    /// How long the chain takes if every plugin takes all its time.
    public let worstCase: Duration
    /// How long it may take; what is over is taken from those that need not answer first.
    public let budget: Duration

    /// Whether plugins may get less time than they ask for.
    public var exceedsBudget: Bool { worstCase > budget }

    /// What an administrator should know before plugins run short of time; nil if they do not.
    public var warning: String? {
        guard exceedsBudget else { return nil }
        return "the before plugins of \(event.rawValue) on documents of type \"\(documentType)\" may take "
            + "\(worstCase.wholeMilliseconds) ms together, of \(budget.wholeMilliseconds) ms that a change waits at most"
    }

    init(_ steps: [MatchIndex.Candidate], event: EventType, documentType: String, budget: Duration) {
        self.event = event
        self.documentType = documentType
        self.budget = budget
        let all = steps.map { candidate in
            Step(
                plugin: candidate.plugin.id,
                name: candidate.plugin.name,
                number: candidate.number,
                subscription: candidate.subscription
            )
        }
        let others = all.filter { !$0.subscription.isJudge }
        let judges = all.filter(\.subscription.isJudge)
        groups = others.map { [$0] } + (judges.isEmpty ? [] : [judges])
        let longest = judges.map(\.subscription.timeout).max() ?? .zero
        worstCase = others.reduce(longest) { $0 + $1.subscription.timeout }
        var conflicts: [Conflict] = []
        for (index, first) in others.enumerated() {
            for second in others[(index + 1)...] where second.plugin != first.plugin {
                guard let pointer = DeclaredWrites.overlap(first.subscription.writes, second.subscription.writes)
                else { continue }
                conflicts.append(Conflict(plugins: [first.name, second.name], pointer: pointer))
            }
        }
        self.conflicts = conflicts
    }

    /// Writes the plan as JSON.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("event")
        writer.string(event.rawValue)
        writer.key("type")
        writer.string(documentType)
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
        writer.key("worstCaseMilliseconds")
        writer.int(worstCase.wholeMilliseconds)
        writer.key("budgetMilliseconds")
        writer.int(budget.wholeMilliseconds)
        writer.endObject()
    }
}

extension ChainPlan.Step {
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
