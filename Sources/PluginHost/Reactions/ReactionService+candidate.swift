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
        return (try? candidate(answer, reaction, record, base)).map(PreparedChange.init)
    }

    func candidate(
        _ answer: PluginAnswer,
        _ reaction: Reaction,
        _ record: ExchangeRecord,
        _ head: DocumentSnapshot
    ) throws(CommandError) -> Candidate {
        let plugin = reaction.registered.plugin
        return try Candidate(
            answer.commands,
            to: head,
            actor: plugin.actor,
            plugin: plugin.id,
            exchange: record.id,
            context: ApplyContext(actor: plugin.actor, time: clock.now(), ids: planner.ids, limits: limits.document)
        )
    }
}
