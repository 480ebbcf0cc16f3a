import JSONSchema

extension Draft {
    /// Takes an id of the caller's choice for a block.
    mutating func claim(block id: BlockID, at tokens: @autoclosure () -> [String]) throws(CommandError) {
        guard claimIdentifier({ $0.blocks.insert(id).inserted }) else { throw used(id.description, at: tokens()) }
    }

    /// Takes an id of the caller's choice for an annotation.
    mutating func claim(annotation id: AnnotationID, at tokens: @autoclosure () -> [String]) throws(CommandError) {
        guard claimIdentifier({ $0.annotations.insert(id).inserted }) else { throw used(id.description, at: tokens()) }
    }

    /// Takes an id of the caller's choice for a comment.
    mutating func claim(comment id: CommentID, at tokens: @autoclosure () -> [String]) throws(CommandError) {
        guard claimIdentifier({ $0.comments.insert(id).inserted }) else { throw used(id.description, at: tokens()) }
    }

    private func used(_ id: String, at tokens: [String]) -> CommandError {
        error(
            .doesNotApply,
            at: tokens,
            rule: "unused-id",
            "the document has something of this id already",
            actual: .string(id),
            hint: "leave the id out, and the host gives one"
        )
    }
}
