import DocumentModel
import JSONSchema
import PluginProtocol

/// Tells from mutations which events happened.
///
/// Pure.
struct EventDerivation {
    /// The revision that the change was made on.
    var fromRevision: Int
    /// The document after the change.
    var document: Document
    /// What changed, in order.
    var mutations: [Mutation]
    /// Whether the document is deleted by it.
    var isDeletion: Bool

    init(_ candidate: Candidate) {
        fromRevision = candidate.base
        document = candidate.document
        mutations = candidate.mutations
        isDeletion = candidate.isDeletion
    }

    /// The types of the events that happened; cheap enough to ask for each change.
    var types: Set<EventType> {
        var types: Set<EventType> = []
        for mutation in mutations {
            for effect in mutation.effects { types.insert(Self.type(of: effect)) }
        }
        if isDeletion {
            types.insert(.documentDeleted)
        } else if fromRevision == 0 {
            types.insert(.documentCreated)
        } else if !mutations.isEmpty {
            types.insert(.documentChanged)
        }
        return types
    }

    /// The event that stands for the change as a whole.
    var mainType: EventType {
        isDeletion ? .documentDeleted : fromRevision == 0 ? .documentCreated : .documentChanged
    }

    /// The events of the wanted types, the one for the whole change first.
    ///
    /// `main` is the id of the event that stands for the whole change; the others' follow it in the order of what happened, so that an
    /// event has the same id for all who hear of it, before and after.
    func events(
        _ wanted: Set<EventType>,
        phase: Phase,
        main: EventID,
        time: Timestamp,
        causality: Causality
    ) -> [Event] {
        var events: [Event] = []
        if wanted.contains(mainType) {
            let data: JSON =
                mainType == .documentChanged
                ? ["fromRevision": .integer(fromRevision), "revision": .integer(document.revision)]
                : [:]
            events.append(
                Event(
                    id: main,
                    type: mainType,
                    phase: phase,
                    time: time,
                    hop: causality.hop,
                    causes: causality.causes,
                    commands: mainType == .documentChanged ? mutations.map(\.command) : [],
                    data: data
                )
            )
        }
        guard wanted.contains(where: { $0 != mainType }) else { return events }
        var seen: Set<Mutation.Effect> = []
        for effect in mutations.lazy.flatMap(\.effects) {
            guard seen.insert(effect).inserted, wanted.contains(Self.type(of: effect)) else { continue }
            events.append(
                Event(
                    id: main.event(seen.count),
                    type: Self.type(of: effect),
                    phase: phase,
                    time: time,
                    hop: causality.hop,
                    causes: causality.causes,
                    data: Self.data(of: effect)
                )
            )
        }
        return events
    }
}
