import DocumentModel
import JSONSchema
import PluginProtocol

/// Which subscriptions of a `before` chain are asked at the same time.
///
/// The one place that decides it, for the engine and for the plan that it shows. Those who stand next to each other in the
/// resolved order are a group as long as none could tell, from what it declares to read, that those before it had been asked
/// already; their answers are applied in the order all the same. Judges come last, and are one group. Pure.
enum ChainGroups {
    /// Splits those who are asked, in their order, into groups to be asked one after the other.
    static func split<Element>(
        _ elements: [Element],
        _ candidate: (Element) -> MatchIndex.Candidate
    ) -> [[Element]] {
        guard elements.count > 1 else { return elements.isEmpty ? [] : [elements] }
        var groups: [[Element]] = []
        var judges: [Element] = []
        // Of the last group; empty if nobody can join it.
        var footprints: [Footprint] = []
        for element in elements {
            let candidate = candidate(element)
            if candidate.subscription.isJudge {
                judges.append(element)
                continue
            }
            let footprint = Footprint(candidate)
            if let footprint, !footprints.isEmpty, footprints.allSatisfy(footprint.isIndependent(of:)) {
                groups[groups.count - 1].append(element)
                footprints.append(footprint)
            } else {
                groups.append([element])
                footprints = footprint.map { [$0] } ?? []
            }
        }
        if !judges.isEmpty { groups.append(judges) }
        return groups
    }

    /// What a subscription that declares both depends on, and what depends on it.
    private struct Footprint {
        let plugin: Plugin
        let subscription: Subscription
        let reads: [[String]]
        let writes: [[String]]

        /// - Returns: nil if it does not declare what it reads and writes, and so may read and write everything.
        init?(_ candidate: MatchIndex.Candidate) {
            guard let reads = candidate.subscription.reads, let writes = candidate.subscription.writes else {
                return nil
            }
            plugin = candidate.plugin
            subscription = candidate.subscription
            self.reads =
                DeclaredWrites.parts(reads).flatMap(Self.dependencies(of:))
                + subscription.events.flatMap(Self.dependencies(of:))
            var parts = DeclaredWrites.parts(writes)
            // Annotations move with their text, and go with it.
            if DeclaredWrites.overlap(parts, [["blocks", "text"]]) != nil { parts.append(["blocks", "annotations"]) }
            // The host's mark, should the plugin fail.
            if subscription.onFailure == .flag { parts.append(["tags"]) }
            self.writes = parts
        }

        /// What a part that is read shows besides itself: of a block always its type, and in stamps that anything was written.
        private static func dependencies(of part: [String]) -> [[String]] {
            let isStamp = part.last == "updatedAt" || part.last == "updatedBy"
            switch part.first {
            case "blocks": return isStamp && part.count == 2 ? [["blocks"]] : [part, ["blocks", "type"]]
            case "updatedAt", "updatedBy": return [[]]
            default: return [part]
            }
        }

        /// What raises an event, so that whoever wants it is told of what those before it did.
        ///
        /// That the document changed is no news to anyone who is asked before a change.
        private static func dependencies(of event: EventType) -> [[String]] {
            switch event {
            case .blockCreated, .blockChanged, .blockDeleted: [["blocks"]]
            case .commentAdded: [["comments"], ["blocks", "comments"]]
            case .participantAdded, .participantRemoved: [["participants"]]
            default: []
            }
        }

        /// Whether it may be asked while one that comes before it is.
        func isIndependent(of earlier: Footprint) -> Bool {
            // Exchanges of one plugin about one document never overlap.
            plugin.id != earlier.plugin.id
                && !subscription.runsAfter.contains(earlier.plugin.name)
                && !earlier.subscription.runsBefore.contains(plugin.name)
                && DeclaredWrites.overlap(reads, earlier.writes) == nil
                && DeclaredWrites.overlap(writes, earlier.writes) == nil
        }
    }
}
