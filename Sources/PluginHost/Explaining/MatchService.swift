import DocumentModel
import JSONSchema
import PluginProtocol

/// Tells why plugins were asked about what happened, or not.
///
/// Nothing is written for plugins that do not want an event. Each decision is made again, on the plugins as they were registered then
/// and on the document as it was then; what cannot be made again (breaker, overload, budget, coalescing …) is read from the exchange. `Sendable`.
public struct MatchService: Sendable {
    /// Where the next page begins.
    private struct Position {
        /// The store's cursor for the change, in the document's history.
        var history: String?
        /// The change, if some of its decisions were given already: newer ones may have come before it since.
        var event: EventID?
        var plugin: PluginID?
        var number = 0
    }

    /// A document as it is now, and what led to it from some revision on; read once for all the changes that a page tells of.
    private struct Since {
        var head: Document?
        /// In order; nil if they cannot be read any more.
        var mutations: [Mutation]?

        /// Goes back by one revision.
        mutating func add(_ record: RevisionRecord) {
            let earlier = record.mutations.compactMap(Mutation.init(recorded:))
            mutations = earlier.count == record.mutations.count ? mutations.map { earlier + $0 } : nil
        }
    }

    /// How many changes of a document one page looks at, so that it ends also where no plugin is to be told of.
    private static let changesPerPage = 100

    let store: any HostStore
    let lanes: ReactionLanes
    let limits: Limits
    let clock: HostClock

    /// Why plugins were asked or not: by change, then by plugin id, then in the order of the manifest.
    ///
    /// - Throws: ``HostError`` of code `not-found` when there is no such event, `invalid-parameter` when neither event nor
    ///   document is given or the cursor is not one of this list.
    public func list(_ query: MatchQuery, page: PageRequest) async throws -> Page<MatchDecision> {
        var position = try page.cursor.map(Self.position) ?? Position()
        var items: [MatchDecision] = []
        if let event = query.event {
            let change = try await change(of: event, query.document)
            try await add(change, query, &position, to: &items, limit: page.limit)
            return Page(items: items, nextCursor: Self.cursor(position))
        }
        guard let document = query.document else {
            throw HostError(
                .invalidParameter,
                "Neither \"event\" nor \"document\" is given",
                hint: "the ids of events stand in the audit trail and with every exchange"
            )
        }
        var since: Since?
        for _ in 0..<Self.changesPerPage {
            let history = try await store.history(of: document, page: PageRequest(cursor: position.history, limit: 1))
            let isWanted = position.event == nil || position.event == history.items.first?.mutations.first?.entry.event
            if let record = history.items.first {
                if isWanted {
                    let known = if let since { since } else { try await self.since(record.revision, of: document) }
                    since = known
                    if let change = try await change(record.mutations, document, nil, known) {
                        try await add(change, query, &position, to: &items, limit: page.limit)
                        if position.plugin != nil {
                            position.event = change.event
                            break
                        }
                    }
                }
                since?.add(record)
            }
            guard let next = history.nextCursor else { return Page(items: items, nextCursor: nil) }
            if isWanted { position = Position() }
            position.history = next
            if items.count >= page.limit { break }
        }
        return Page(items: items, nextCursor: Self.cursor(position))
    }

    // MARK: Changes

    private func change(of event: EventID, _ document: DocumentID?) async throws -> RecordedChange {
        var found: RecordedChange?
        if let record = try await store.revision(of: event), let about = record.mutations.first?.entry.document {
            found = try await change(record.mutations, about, event, try await since(record.revision, of: about))
        } else {
            var exchanges = try await store.exchanges(about: event, of: document)
            if let about = exchanges.first?.document {
                if let asked = exchanges.firstIndex(where: { $0.outcome != .skipped }),
                    let whole = try await store.exchange(exchanges[asked].id)
                {
                    exchanges[asked] = whole
                }
                // The smallest id is the one of the change, if anybody was told of the change as a whole.
                let own = exchanges.flatMap(\.events).map(\.id).filter { $0.isOf(event) || event.isOf($0) }.min()
                found = RecordedChange(refused: exchanges, event: own ?? event, document: about)
            }
        }
        guard let found, document == nil || found.document == document else {
            throw HostError(
                .notFound,
                "There is no event \(event)" + (document.map { " of \($0)" } ?? ""),
                hint: document == nil
                    ? "an event that was waited for long is found when its document is given, too" : nil
            )
        }
        return found
    }

    private func since(_ revision: Int, of document: DocumentID) async throws -> Since {
        let head = try await store.document(document)?.document
        do {
            return Since(
                head: head,
                mutations: try await store.mutations(of: document, after: revision, through: .max)
            )
        } catch let error as HostError where error.code == .conflict {
            // Erased: what the document was cannot be told any more, and the answer says so.
            return Since(head: head, mutations: nil)
        }
    }

    private func change(
        _ items: [AuditItem],
        _ document: DocumentID,
        _ event: EventID?,
        _ since: Since
    ) async throws -> RecordedChange? {
        guard let main = items.first?.entry.event else { return nil }
        let context = ApplyContext(actor: .host, time: clock.now(), ids: .system, limits: limits.document)
        var change = RecordedChange(items, event: event, later: since.mutations, head: since.head, context: context)
        change?.exchanges = try await store.exchanges(about: main, of: document)
        return change
    }

    // MARK: Decisions

    /// Adds a change's decisions from a position on, which becomes the one of the first that found no room.
    private func add(
        _ change: RecordedChange,
        _ query: MatchQuery,
        _ position: inout Position,
        to items: inout [MatchDecision],
        limit: Int
    ) async throws {
        let generation = change.after?.generation ?? change.before?.generation
        guard let generation else {
            throw HostError(
                .notFound,
                "Nothing is recorded of how plugins were found for \(change.event)",
                hint: "it was raised by a version of the host that did not record that yet"
            )
        }
        // Plugins are found twice for one change, and may have been changed between.
        let earlier = change.before?.generation.flatMap { $0 == generation ? nil : $0 }
        var next = query.plugin ?? position.plugin
        while true {
            let count = query.plugin == nil ? max(1, min(limit - items.count, 500)) + 1 : 1
            let versions = try await store.plugins(in: generation, from: next, limit: count)
                .filter { query.plugin == nil || $0.plugin == query.plugin }
            if let plugin = query.plugin, versions.isEmpty, position.plugin == nil {
                items.append(Self.unregistered(plugin, change))
            }
            for version in versions {
                let before =
                    if let earlier {
                        try await store.plugins(in: earlier, from: version.plugin, limit: 1).first
                            .flatMap { $0.plugin == version.plugin ? $0 : nil }
                    } else { version }
                let decisions = decisions(change, version, before: before)
                let start = version.plugin == position.plugin ? position.number : 0
                for (number, decision) in decisions.enumerated().dropFirst(start) {
                    guard items.count < limit else {
                        position.plugin = version.plugin
                        position.number = number
                        return
                    }
                    items.append(decision)
                }
            }
            guard query.plugin == nil, versions.count == count, let last = versions.last else { break }
            position.plugin = last.plugin
            position.number = .max
            next = last.plugin
        }
        position.plugin = nil
        position.number = 0
    }

    /// A plugin's decisions; `before` is the plugin as it was when the `before` plugins were found.
    private func decisions(
        _ change: RecordedChange,
        _ version: PluginVersion,
        before: PluginVersion?
    ) -> [MatchDecision] {
        var result: [MatchDecision] = []
        let isSame = before.map { $0.manifest.json == version.manifest.json && $0.state == version.state } ?? false
        if !isSame {
            if let before { result += decisions(change, before) { $0 == .before } }
            result += decisions(change, version) { $0 != .before }
        } else {
            result += decisions(change, version) { _ in true }
        }
        return result
    }

    private func decisions(
        _ change: RecordedChange,
        _ version: PluginVersion,
        in phases: (Phase) -> Bool
    ) -> [MatchDecision] {
        let evaluation = MatchEvaluation(change: change, version: version)
        if let refusal = evaluation.ofPlugin {
            return [Self.decision(change, version, nil, refusal.reason, refusal.message)]
        }
        let ids = RegisteredPlugin.identities(of: version.manifest.subscriptions)
        var exchanges = change.exchanges.filter { $0.plugin == version.plugin }
        let waiting = lanes.waiting(version.plugin, change.document, change.event)
        return version.manifest.subscriptions.enumerated().compactMap { number, subscription in
            guard phases(subscription.phase) else { return nil }
            var decision = Self.decision(change, version, number, .matched, "the subscription wants the event")
            decision.phase = subscription.phase
            let refusal = evaluation.of(subscription)
            // Whoever was asked did want it, whatever can be told of the document by now.
            if refusal == nil || refusal?.reason == .unknown || change.revision == nil,
                let index = exchanges.firstIndex(where: { $0.isOf(subscription, ids[number]) })
            {
                decision.note(exchanges.remove(at: index), of: change.event)
            } else if let refusal {
                decision.decision = .notMatched
                decision.reason = refusal.reason
                decision.message = refusal.message
            } else if waiting.contains(ids[number]) {
                decision.decision = .waiting
                decision.message = "the plugin is busy with this document; it is asked when its turn comes"
            } else if change.revision == nil {
                // All that wanted it have an exchange, so this one did not, though what it missed is not on record.
                decision.decision = .notMatched
                decision.reason = .event
                decision.message = "the change raised no event that the subscription is to, or was the plugin's own"
            } else {
                decision.decision = .skipped
                decision.reason = .unknown
                decision.message = "the subscription wants the event, but no exchange is on record"
            }
            return decision
        }
    }

    private static func decision(
        _ change: RecordedChange,
        _ version: PluginVersion,
        _ number: Int?,
        _ reason: MatchDecision.Reason,
        _ message: String
    ) -> MatchDecision {
        MatchDecision(
            event: change.event,
            document: change.document,
            revision: change.revision,
            plugin: version.plugin,
            pluginName: version.name,
            subscription: number,
            phase: nil,
            decision: .notMatched,
            reason: reason,
            message: message,
            exchange: nil
        )
    }

    private static func unregistered(_ plugin: PluginID, _ change: RecordedChange) -> MatchDecision {
        MatchDecision(
            event: change.event,
            document: change.document,
            revision: change.revision,
            plugin: plugin,
            pluginName: nil,
            subscription: nil,
            phase: nil,
            decision: .notMatched,
            reason: .notRegistered,
            message: "the plugin was not registered when this happened",
            exchange: nil
        )
    }

    // MARK: Cursors

    /// `<history's cursor>.<event>.<plugin>.<number>`; empty where there is none.
    private static func cursor(_ position: Position) -> String? {
        guard position.history != nil || position.plugin != nil else { return nil }
        let parts = [position.history, position.event?.description, position.plugin?.description].map { $0 ?? "" }
        return parts.joined(separator: ".") + ".\(position.number)"
    }

    private static func position(_ cursor: String) throws -> Position {
        let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let number = Int(parts[3]), number >= 0 else { throw HostError.badCursor(cursor) }
        var position = Position(history: parts[0].isEmpty ? nil : String(parts[0]), number: number)
        position.event = EventID(parsing: parts[1])
        position.plugin = PluginID(parsing: parts[2])
        guard (position.event == nil) == parts[1].isEmpty, (position.plugin == nil) == parts[2].isEmpty else {
            throw HostError.badCursor(cursor)
        }
        return position
    }
}

extension ExchangeRecord {
    /// Whether it may be one with this subscription.
    fileprivate func isOf(_ wanted: Subscription, _ identity: Int) -> Bool {
        guard phase == wanted.phase else { return false }
        if let subscription { return subscription == identity }
        return events.allSatisfy { wanted.events.contains($0.type) }
    }
}
