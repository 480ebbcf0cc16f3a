import JSONSchema

extension DocumentModel {
    /// Takes mutations back, all or none, and leaves what others have done since.
    ///
    /// - Parameters:
    ///   - history: every mutation from the first to be taken back to the document's latest, oldest first.
    ///   - selected: the positions in `history` of those taken back; `nil` for all.
    ///   - document: as the last of `history` left it; `nil` if that deleted it.
    ///   - context: who takes them back, when, and within which limits.
    /// - Returns: the document afterwards and what changed; blocks brought back have their ids, stamps and comments.
    /// - Throws: ``CommandError`` with the position in `history` as its index and a pointer into `/mutations`; of the kind
    ///   `conflict` if someone has changed since what would be taken back.
    public static func revert(
        _ history: [Mutation],
        only selected: Set<Int>? = nil,
        in document: Document?,
        context: ApplyContext
    ) throws(CommandError) -> Change {
        // From the newest to the oldest: what is kept is what happened after the next one to be taken back.
        var kept = History()
        var commands: [Command] = []
        var origins: [Int] = []
        for (index, mutation) in history.enumerated().reversed() {
            guard selected?.contains(index) ?? true else {
                kept.prepend(mutation)
                continue
            }
            let changes = ListChange.changes(of: mutation).reversed().map(\.inverse)
            for command in mutation.inverse {
                do throws(Conflict) {
                    commands.append(try kept.move(command, ownChanges: Array(changes)))
                } catch {
                    throw revertError(.conflict, index, error.rule, error.message)
                }
                origins.append(index)
            }
        }
        do throws(CommandError) { return try apply(commands, to: document, context: context) } catch {
            let origin = origins.indices.contains(error.commandIndex) ? origins[error.commandIndex] : 0
            let kind: CommandError.Kind = error.kind == .limit ? .limit : .conflict
            var wrapped = revertError(kind, origin, error.rule, error.message)
            wrapped.limit = error.limit
            wrapped.actual = error.actual
            throw wrapped
        }
    }

    private static func revertError(
        _ kind: CommandError.Kind,
        _ index: Int,
        _ rule: String,
        _ message: String
    ) -> CommandError {
        var error = CommandError(
            kind,
            index: index,
            rule: rule,
            message,
            hint: kind == .conflict ? "take back what was changed since as well, or change the document by hand" : nil
        )
        error.pointer = JSONPointer(tokens: ["mutations", String(index)])
        return error
    }
}
