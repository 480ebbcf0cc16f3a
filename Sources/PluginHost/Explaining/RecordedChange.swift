import DocumentModel
import JSONSchema
import PluginProtocol

/// A change as far as it is known later, with all that finding plugins for it rested on.
///
/// `Sendable`.
struct RecordedChange: Sendable {
    /// What one phase's matching saw.
    struct View: Sendable {
        /// The registry's generation; nil if it is not known.
        var generation: Int?
        /// The events that were raised.
        var types: Set<EventType>
        /// Whether there may have been others.
        var mayHaveMore = false
        /// The document; nil if it cannot be told any more.
        var document: Document?
    }

    /// The event that stands for it.
    var event: EventID
    var document: DocumentID
    /// Nil if it was refused.
    var revision: Int?
    /// What the document's type is; nil if that cannot be told any more.
    var documentType: String?
    /// Whose echo it would be.
    var origin: PluginID?
    /// Nil for what plugins do in their answers: nobody is asked before that.
    var before: View?
    /// Nil if it was refused.
    var after: View?
    /// All exchanges about it, oldest first.
    var exchanges: [ExchangeRecord] = []
}

extension RecordedChange {
    /// Takes a stored revision apart.
    ///
    /// - Parameters:
    ///   - items: the ledger's entries of all its mutations, in order.
    ///   - asked: of the change, or of one thing in it; then only that counts.
    ///   - later: all mutations since, in order; nil if they cannot be read any more.
    ///   - head: the document now; nil if it was deleted.
    ///   - context: for taking mutations back.
    init?(_ items: [AuditItem], event asked: EventID?, later: [Mutation]?, head: Document?, context: ApplyContext) {
        guard let first = items.first?.entry, let event = first.event, let document = first.document,
            let revision = first.revision
        else { return nil }
        self.event = event
        self.document = document
        self.revision = revision
        let known = items.compactMap(Mutation.init(recorded:))
        let isErased = known.count < items.count
        let matching = first.matching
        let author = first.plugin ?? (first.actor.kind == .plugin ? PluginID(parsing: first.actor.id) : nil)
        origin = matching?.origin ?? author
        let isDeletion = items.last?.entry.op == "document.delete"
        let states = isErased || later == nil ? nil : later.map { known + $0 }
        /// The document as `count` of the revision's mutations left it; before it was deleted, if they did that.
        func state(after count: Int) -> Document? {
            guard let states else { return nil }
            let kept = isDeletion && count == known.count ? count - 1 : count
            guard kept > 0 || revision > 1 else { return nil }
            guard kept < states.count else { return head }
            return try? DocumentModel.revert(Array(states[kept...]), in: head, context: context).document
        }
        func types(_ mutations: [Mutation]) -> Set<EventType> {
            var types = Set(mutations.flatMap(\.effects).map(EventDerivation.type(of:)))
            types.insert(isDeletion ? .documentDeleted : revision == 1 ? .documentCreated : .documentChanged)
            guard let asked, asked != event else { return types }
            var seen: Set<Mutation.Effect> = []
            for effect in mutations.flatMap(\.effects) where seen.insert(effect).inserted {
                if event.event(seen.count) == asked { return [EventDerivation.type(of: effect)] }
            }
            return []
        }
        let last = state(after: known.count)
        after = View(
            generation: matching.flatMap { $0.after > 0 ? $0.after : nil },
            types: types(known),
            mayHaveMore: isErased,
            document: last
        )
        documentType = head?.type ?? last?.type
        // What plugins answered in `after`, and what the host did about it, was shown to nobody before.
        guard first.exchange == nil else { return }
        let own = items.prefix { $0.entry.exchange == nil && $0.entry.plugin == first.plugin }.count
        before = View(
            generation: matching?.before,
            types: types(Array(known.prefix(own))),
            mayHaveMore: isErased,
            document: own == known.count ? last : isErased ? nil : state(after: own)
        )
    }

    /// Puts a change together that was refused, from what plugins were asked before it.
    ///
    /// - Parameters:
    ///   - exchanges: all about it; the first that was asked with its bodies.
    ///   - event: the one that stands for it.
    ///   - document: what it was about.
    init?(refused exchanges: [ExchangeRecord], event: EventID, document: DocumentID) {
        guard let first = exchanges.first else { return nil }
        self.event = event
        self.document = document
        self.exchanges = exchanges
        origin = first.matching?.origin
        let request = exchanges.lazy.compactMap { try? JSON(parsing: $0.request) }.first
        let shown = request?["document"].flatMap { try? Document(json: $0) }
        documentType = request?["document"]?["type"]?.stringValue
        before = View(
            generation: first.matching?.before,
            types: Set(exchanges.flatMap(\.events).map(\.type)),
            mayHaveMore: true,
            document: shown
        )
    }
}

extension Mutation {
    /// What a ledger entry says of a mutation; nil if that was erased.
    init?(recorded item: AuditItem) {
        guard let json = try? JSON(parsing: item.entry.payload), let mutation = try? Mutation(json: json) else {
            return nil
        }
        self = mutation
    }
}
