import JSONSchema

extension DocumentModel {
    /// Moves commands forward that were made on an older revision.
    ///
    /// Positions in texts and indices in lists become those on the latest revision. Nothing that someone wrote meanwhile is
    /// lost: a command is in conflict if text it relies on has changed, if its block or anchor was deleted, if it would
    /// delete or replace a block in which someone has written, or overwrite a title, a type or a property that has
    /// changed. `document.patch` and `document.delete` are always in conflict. What is found by its meaning (`find`) is
    /// looked for on the latest revision. An `expect` stays as it is.
    ///
    /// - Parameters:
    ///   - commands: in order, each made on what the ones before it leave.
    ///   - mutations: everything since the revision they were made on, oldest first.
    /// - Returns: the commands to be applied to the document as the mutations left it.
    /// - Throws: ``CommandError`` of the kind `conflict` for the first command in conflict.
    public static func move(
        _ commands: [Command],
        through mutations: [Mutation]
    ) throws(CommandError) -> [Command] {
        guard !mutations.isEmpty else { return commands }
        var history = History(mutations)
        var moved: [Command] = []
        moved.reserveCapacity(commands.count)
        for (index, command) in commands.enumerated() {
            do throws(Conflict) { moved.append(try history.move(command)) } catch {
                throw CommandError(
                    .conflict,
                    index: index,
                    at: error.tokens,
                    rule: error.rule,
                    error.message,
                    hint: "read the latest revision and make the command on it"
                )
            }
        }
        return moved
    }
}
