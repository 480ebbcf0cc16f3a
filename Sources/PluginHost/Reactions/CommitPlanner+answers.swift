import DocumentModel
import PluginProtocol

/// What a plugin's commands make of a document outside of a `before` chain.
extension CommitPlanner {
    /// A plugin's commands for a document, and where they stand in a chain of reactions.
    ///
    /// `Sendable`.
    struct AnsweredChange: Sendable {
        var commands: [Command]
        var document: DocumentID
        /// The plugin as it was when it was asked, or is now; whose commands they are.
        var plugin: Plugin
        var exchange: ExchangeID
        var causality: Causality
        /// Those who wait for the reactions.
        var settlements: [Settlement] = []

        /// The op of one of its commands, for messages.
        func op(at index: Int) -> String? { commands.indices.contains(index) ? commands[index].op : nil }
    }

    /// What a plugin's commands make of a document, for the writer to take over or on the writer.
    func candidate(
        _ commands: [Command],
        by plugin: Plugin,
        in exchange: ExchangeID,
        on head: DocumentSnapshot
    ) throws(CommandError) -> Candidate {
        try Candidate(
            commands,
            to: head,
            actor: plugin.actor,
            plugin: plugin.id,
            exchange: exchange,
            context: ApplyContext(actor: plugin.actor, time: clock.now(), ids: ids, limits: limits.document)
        )
    }

    /// Applies commands to the head that they were made for, or moved to.
    ///
    /// - Returns: how many of them changed something, or why all were refused.
    func apply(
        _ change: AnsweredChange,
        _ prepared: PreparedChange?,
        on head: DocumentSnapshot?,
        types: DocumentTypes,
        plan: inout Plan
    ) -> Result<Int, Refusal> {
        guard let head else { return .failure(.documentGone) }
        do throws(CommandError) {
            let made = try PreparedChange(prepared, for: head) { () throws(CommandError) in
                try self.candidate(change.commands, by: change.plugin, in: change.exchange, on: head)
            }
            let candidate = made.candidate
            guard !candidate.mutations.isEmpty else { return .success(0) }
            let violations = types.violations(in: made.snapshot, limits: limits)
            guard violations.isEmpty else {
                return .failure(.documentTypeViolated(candidate.document.type, violations))
            }
            add(
                made,
                actor: change.plugin.actor,
                causality: change.causality,
                settlements: change.settlements,
                to: &plan
            )
            return .success(candidate.mutations.count)
        } catch {
            return .failure(Refusal(error, op: change.op(at: error.commandIndex)))
        }
    }

    /// Why commands that fit the head cannot be applied to it; nil if they can.
    func refusal(of change: AnsweredChange, on head: DocumentSnapshot, types: DocumentTypes) -> Refusal? {
        do throws(CommandError) {
            let candidate = try candidate(change.commands, by: change.plugin, in: change.exchange, on: head)
            guard !candidate.mutations.isEmpty else { return nil }
            let violations = types.violations(in: DocumentSnapshot(candidate.document), limits: limits)
            return violations.isEmpty ? nil : .documentTypeViolated(candidate.document.type, violations)
        } catch {
            return Refusal(error, op: change.op(at: error.commandIndex))
        }
    }

    /// Marks a document for review, since a plugin failed under the policy `flag`.
    func flag(
        _ head: DocumentSnapshot,
        _ record: ExchangeRecord,
        actor: Actor,
        plugin: Plugin,
        causality: Causality,
        settlements: [Settlement],
        types: DocumentTypes,
        plan: inout Plan
    ) {
        let context = ApplyContext(actor: .host, time: clock.now(), ids: ids, limits: limits.document)
        plan.writes.entries.append(.flagged(plugin, record, actor: actor, time: clock.now()))
        guard
            let candidate = try? Candidate(
                [.flag],
                to: head,
                actor: .host,
                plugin: plugin.id,
                exchange: record.id,
                context: context
            ), !candidate.mutations.isEmpty
        else { return }
        // A type may have no room for the tag; then the ledger's entry is the only mark.
        let change = PreparedChange(candidate)
        guard types.violations(in: change.snapshot, limits: limits).isEmpty else { return }
        add(change, actor: .host, causality: causality, settlements: settlements, to: &plan)
    }
}
