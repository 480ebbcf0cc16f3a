import DocumentModel
import JSONSchema
import PluginProtocol

/// What is written of answers that come later and of proposals.
extension CommitPlanner {
    /// Ends an exchange for now: the answer comes later.
    func wait(
        for deferral: PluginAnswer.Deferral,
        of reaction: Reaction,
        until expires: Timestamp,
        _ record: inout ExchangeRecord,
        _ plan: inout Plan
    ) {
        record.outcome = .late
        let registered = reaction.registered
        let number = registered.plugin.manifest.subscriptions.firstIndex(of: reaction.subscription)
        let causality = Causality(after: reaction.events, by: registered.plugin.id)
        let deferred = DeferredExchange(
            exchange: record.id,
            plugin: registered.plugin.id,
            // A plugin's manifest always has the subscription that it is asked for.
            subscription: number.map { registered.subscriptionIDs[$0] } ?? 0,
            document: reaction.document,
            revision: record.revision,
            actor: reaction.actor,
            hop: causality.hop,
            causes: causality.causes,
            expires: expires
        )
        plan.writes.changeLater { $0.deferred.append(deferred) }
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        writer.key("expires")
        writer.string(expires.description)
        deferral.writeMembers(into: &writer)
        writer.endObject()
        plan.writes.entries.append(
            .aboutChange(
                .exchangeDeferred,
                record,
                actor: registered.plugin.actor,
                time: clock.now(),
                payload: writer.bytes
            )
        )
    }

    /// Keeps commands for a person to decide about.
    ///
    /// - Returns: the proposal's id, which the record has by then too.
    @discardableResult
    func propose(
        _ change: AnsweredChange,
        on revision: Int,
        _ origin: Proposal.Origin,
        because conflict: Refusal?,
        _ record: inout ExchangeRecord,
        _ plan: inout Plan
    ) -> ProposalID {
        let proposal = Proposal(
            id: ids.next(),
            exchange: record.id,
            plugin: change.plugin.id,
            pluginName: change.plugin.name,
            document: change.document,
            revision: revision,
            hop: change.causality.hop,
            causes: change.causality.causes,
            origin: origin,
            conflict: conflict,
            warnings: record.warnings,
            commands: change.commands,
            time: clock.now()
        )
        record.proposal = proposal.id
        plan.writes.changeLater { $0.proposals.append(proposal) }
        plan.writes.entries.append(
            .about(proposal, .proposalMade, actor: change.plugin.actor, time: proposal.time)
        )
        return proposal.id
    }
}

extension LedgerEntry {
    /// An act that concerns a proposal; one that was decided about has the decision in it.
    static func about(_ proposal: Proposal, _ kind: Kind, actor: Actor, time: Timestamp) -> LedgerEntry {
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        writer.key("proposal")
        writer.string(proposal.id)
        writer.key("origin")
        writer.string(proposal.origin.rawValue)
        writer.key("madeOn")
        writer.int(proposal.revision)
        writer.key("commands")
        writer.int(proposal.commands.count)
        if let reason = proposal.decision?.reason {
            writer.key("reason")
            writer.string(reason)
        }
        writer.endObject()
        return LedgerEntry(
            kind: kind,
            time: time,
            actor: actor,
            plugin: proposal.plugin,
            document: proposal.document,
            revision: proposal.decision?.revision,
            exchange: proposal.exchange,
            cause: proposal.causes.last,
            payload: writer.bytes
        )
    }
}

extension PluginAnswer {
    /// Why the host does not wait for an answer that is announced so; nil if it does, or nothing is announced.
    var refusalOfDeferral: Refusal? {
        guard self.defer != nil, verdict != nil || !commands.isEmpty || view != nil || state != nil else { return nil }
        return Refusal(
            .schema,
            "/defer: an answer that comes later brings no verdict, commands, view or state now",
            pointer: JSONPointer(tokens: ["defer"]),
            rule: "defer",
            hint: "answer now, or leave everything to the later answer"
        )
    }
}
