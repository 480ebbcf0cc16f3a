import DocumentModel
import PluginProtocol

/// What an answer would make of a document, without storing it.
extension ReactionService {
    /// Applies an answer to what the plugin saw, for the writer to take over.
    ///
    /// - Returns: nil if there is nothing to apply or it does not apply; the writer then finds out why, on the revision that counts.
    func prepare(
        _ result: Result<PluginAnswer, Refusal>,
        _ reaction: Reaction,
        _ record: ExchangeRecord,
        _ base: DocumentSnapshot?
    ) -> PreparedChange? {
        guard case .success(let answer) = result, !answer.commands.isEmpty, let base else { return nil }
        let plugin = reaction.registered.plugin
        return (try? planner.candidate(answer.commands, by: plugin, in: record.id, on: base)).map(PreparedChange.init)
    }

    /// Commands of the plugin in answer to what it was asked.
    func change(
        _ commands: [Command],
        _ reaction: Reaction,
        _ record: ExchangeRecord
    ) -> CommitPlanner.AnsweredChange {
        CommitPlanner.AnsweredChange(
            commands: commands,
            document: reaction.document,
            plugin: reaction.registered.plugin,
            exchange: record.id,
            causality: Causality(after: reaction.events, by: reaction.registered.plugin.id, trace: record.trace),
            settlements: reaction.settlements
        )
    }
}
