/// What commands do to documents.
///
/// Pure: time, names and limits come in by ``ApplyContext``.
public enum DocumentModel {
    /// Applies commands in order, all or none.
    ///
    /// A command that changes nothing makes no mutation, and a list that changes nothing no revision.
    ///
    /// - Parameters:
    ///   - commands: applied one on what the other left.
    ///   - document: what they are applied to; `nil` if the first is `document.create`.
    ///   - context: who applies them, when, and within which limits.
    /// - Returns: the document afterwards and what changed.
    /// - Throws: ``CommandError`` of the first command that cannot be applied.
    public static func apply(
        _ commands: [Command],
        to document: Document?,
        context: ApplyContext
    ) throws(CommandError) -> Change {
        var commands = commands[...]
        var draft: Draft
        if let document {
            draft = Draft(document, context: context)
        } else {
            guard let first = commands.first, case .documentCreate(let body) = first.kind else {
                throw CommandError(
                    .doesNotApply,
                    index: 0,
                    rule: "no-document",
                    "there is no document to change",
                    hint: "the first command must be document.create"
                )
            }
            draft = try body.create(first, context: context)
            commands.removeFirst()
        }
        for (index, command) in zip(commands.indices, commands) { try draft.apply(command, index: index) }
        return draft.change
    }
}
