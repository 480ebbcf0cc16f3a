import DocumentModel
import PluginProtocol

/// Finds the subscriptions that want an event, by phase, event type and document type.
///
/// The cost of a look-up depends on the subscriptions that want the event, not on how many plugins there are. Immutable; `Sendable`.
struct MatchIndex: Sendable {
    /// One subscription of one plugin.
    struct Candidate: Sendable {
        var registered: RegisteredPlugin
        /// Which of the manifest's subscriptions.
        var number: Int
        var subscription: Subscription

        var plugin: Plugin { registered.plugin }
        /// What tells it from the plugin's other subscriptions while work waits for it.
        var identity: Int { registered.subscriptionIDs[number] }
        /// The same, where the plugin has others.
        var toldApart: Int? { registered.subscriptionIDs.count > 1 ? identity : nil }
    }

    /// A subscription to ask, and which of the events it wants.
    struct Step: Sendable {
        var candidate: Candidate
        var wanted: Set<EventType>
    }

    private struct Key: Hashable {
        var phase: Phase
        var event: EventType
    }

    private struct Bucket {
        var everyType: [Candidate] = []
        var byType: [String: [Candidate]] = [:]

        var isEmpty: Bool { everyType.isEmpty && byType.isEmpty }
    }

    /// Which generation of the registry it is made of.
    private(set) var generation: Int
    private var buckets: [Key: Bucket] = [:]
    private var wantedTypes: [Phase: Set<EventType>] = [:]

    /// Without a generation: of plugins that are not, or not so, in the registry.
    init(plugins: [RegisteredPlugin], generation: Int = 0) {
        self.generation = generation
        for registered in plugins { add(registered) }
    }

    /// Takes note of a plugin that was added (`old` is nil), changed, or removed (`new` is nil).
    ///
    /// The cost depends on the subscriptions that want the same events of the same documents, so that thousands of plugins can be
    /// registered one after the other.
    mutating func replace(_ old: RegisteredPlugin?, by new: RegisteredPlugin?, generation: Int) {
        self.generation = generation
        if let old { remove(old) }
        if let new { add(new) }
    }

    private mutating func add(_ registered: RegisteredPlugin) {
        guard registered.plugin.state == .enabled else { return }
        for (number, subscription) in registered.plugin.manifest.subscriptions.enumerated() {
            let candidate = Candidate(registered: registered, number: number, subscription: subscription)
            for event in subscription.events {
                wantedTypes[subscription.phase, default: []].insert(event)
                let key = Key(phase: subscription.phase, event: event)
                if subscription.match.types.isEmpty {
                    buckets[key, default: Bucket()].everyType.append(candidate)
                } else {
                    for type in subscription.match.types {
                        buckets[key, default: Bucket()].byType[type, default: []].append(candidate)
                    }
                }
            }
        }
    }

    private mutating func remove(_ registered: RegisteredPlugin) {
        guard registered.plugin.state == .enabled else { return }
        let id = registered.plugin.id
        for subscription in registered.plugin.manifest.subscriptions {
            for event in subscription.events {
                let key = Key(phase: subscription.phase, event: event)
                buckets[key]?.everyType.removeAll { $0.plugin.id == id }
                for type in subscription.match.types {
                    buckets[key]?.byType[type]?.removeAll { $0.plugin.id == id }
                    if buckets[key]?.byType[type]?.isEmpty == true { buckets[key]?.byType[type] = nil }
                }
                if buckets[key]?.isEmpty == true {
                    buckets[key] = nil
                    wantedTypes[subscription.phase]?.remove(event)
                }
            }
        }
    }

    /// The event types that any subscription of the phase wants.
    func wanted(in phase: Phase) -> Set<EventType> { wantedTypes[phase] ?? [] }

    /// Which subscriptions to ask, in order: by `order`, then plugin id, then place in the manifest; see also ``ChainOrder``.
    ///
    /// A plugin whose own commands raised the events (`origin`) is left out unless it wants its echo.
    func plan(
        _ phase: Phase,
        events: Set<EventType>,
        document: Document,
        origin: PluginID?
    ) -> [Step] {
        var steps: [Step] = []
        for event in events {
            guard let bucket = buckets[Key(phase: phase, event: event)] else { continue }
            for candidate in bucket.everyType { Self.add(candidate, event, to: &steps) }
            for candidate in bucket.byType[document.type] ?? [] { Self.add(candidate, event, to: &steps) }
        }
        if steps.isEmpty { return steps }
        steps.removeAll { step in
            let candidate = step.candidate
            if candidate.plugin.id == origin, !candidate.subscription.echo { return true }
            return !candidate.subscription.match.accepts(document)
        }
        if steps.count > 1 { steps.sort { Self.comesFirst($0.candidate, $1.candidate) } }
        // In `after`, plugins do not wait for each other.
        if steps.count > 1, phase == .before { steps = ChainOrder.sorted(steps) }
        return steps
    }

    /// All that may be asked `before` an event on documents of a type, in order, whatever their tags and text.
    ///
    /// Without a type: those who are asked about documents of every type.
    func chain(_ event: EventType, documentType: String?) -> [Candidate] {
        let candidates =
            candidates(before: event) + (documentType.map { self.candidates(before: event, only: $0) } ?? [])
        return Self.ordered(candidates, before: event)
    }

    /// In which order they are asked.
    static func ordered(_ candidates: [Candidate], before event: EventType) -> [Candidate] {
        let steps = candidates.map { Step(candidate: $0, wanted: [event]) }
        return ChainOrder.sorted(steps.sorted { comesFirst($0.candidate, $1.candidate) }).map(\.candidate)
    }

    /// Those who are asked `before` an event on documents of every type, in no order.
    func candidates(before event: EventType) -> [Candidate] {
        buckets[Key(phase: .before, event: event)]?.everyType ?? []
    }

    /// Those who are asked `before` an event on documents of a type because they name it, in no order.
    func candidates(before event: EventType, only documentType: String) -> [Candidate] {
        buckets[Key(phase: .before, event: event)]?.byType[documentType] ?? []
    }

    /// The types of documents that someone names who is asked `before` an event, sorted.
    func documentTypes(before event: EventType) -> [String] {
        buckets[Key(phase: .before, event: event)]?.byType.keys.sorted() ?? []
    }

    private static func add(_ candidate: Candidate, _ event: EventType, to steps: inout [Step]) {
        let same = steps.firstIndex { step in
            step.candidate.number == candidate.number && step.candidate.plugin.id == candidate.plugin.id
        }
        if let same {
            steps[same].wanted.insert(event)
        } else {
            steps.append(Step(candidate: candidate, wanted: [event]))
        }
    }

    private static func comesFirst(_ a: Candidate, _ b: Candidate) -> Bool {
        if a.subscription.order != b.subscription.order { return a.subscription.order < b.subscription.order }
        if a.plugin.id != b.plugin.id { return a.plugin.id < b.plugin.id }
        return a.number < b.number
    }
}
