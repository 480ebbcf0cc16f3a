import JSONSchema

/// A document between commands: what they change, what they may rely on and what they have done so far.
struct Draft {
    var document: Document
    var size: DocumentSize
    let context: ApplyContext
    /// The revision that `expect` speaks of; `nil` while the document is being made.
    let baseRevision: Int?
    private(set) var mutations: [Mutation] = []
    var isDeleted = false
    /// The command that is being applied, and its position in the list.
    private(set) var command: Command
    private(set) var index = 0
    private var usedIDs: UsedIdentifiers?

    /// Starts from a document.
    init(_ document: Document, context: ApplyContext) {
        self.document = document
        self.context = context
        size = document.size ?? DocumentSize(document)
        baseRevision = document.revision
        command = Command(.documentDelete(Command.DocumentDelete()))
    }

    /// Starts with a document that a command has just made.
    init(made document: Document, by command: Command, context: ApplyContext) {
        self.document = document
        self.context = context
        self.command = command
        size = DocumentSize(document)
        baseRevision = nil
    }

    /// The result of the commands so far.
    var change: Change {
        var document = document
        if !mutations.isEmpty, let baseRevision { document.revision = baseRevision + 1 }
        document.size = size
        return Change(document: document, mutations: mutations, isDeletion: isDeleted)
    }

    /// Who changes the document now, and when.
    var stamp: Stamp { Stamp(by: context.actor, at: context.time) }

    /// Applies the next command.
    mutating func apply(_ command: Command, index: Int) throws(CommandError) {
        self.command = command
        self.index = index
        guard !isDeleted else {
            throw error(.doesNotApply, rule: "document-deleted", "an earlier command has deleted the document")
        }
        if let expected = command.expect?.revision, expected != baseRevision {
            throw error(
                .preconditionFailed,
                at: ["expect", "revision"],
                rule: "expect-revision",
                "the document is of another revision",
                limit: JSON(expected),
                actual: baseRevision.map { JSON($0) } ?? .null
            )
        }
        let sizeBefore = size
        try command.apply(to: &self)
        try checkSize(since: sizeBefore)
    }

    /// Refuses what made the document too large; what makes it smaller is always welcome.
    func checkSize(since before: DocumentSize) throws(CommandError) {
        let limits = context.limits
        if size.blocks > limits.blocks, size.blocks > before.blocks {
            throw error(
                .limit,
                rule: "document-blocks",
                "the document would have too many blocks",
                limit: JSON(limits.blocks),
                actual: JSON(size.blocks)
            )
        }
        let bytes = size.bytes + ((baseRevision ?? 0) + 1).digitCount
        if bytes > limits.bytes, size.bytes > before.bytes {
            throw error(
                .limit,
                rule: "document-bytes",
                "the document would have too many bytes as JSON",
                limit: JSON(limits.bytes),
                actual: JSON(bytes)
            )
        }
    }

    /// An error of the command being applied.
    func error(
        _ kind: CommandError.Kind,
        at tokens: [String] = [],
        rule: String,
        _ message: String,
        limit: JSON? = nil,
        actual: JSON? = nil,
        hint: String? = nil
    ) -> CommandError {
        CommandError(
            kind,
            index: index,
            at: tokens,
            rule: rule,
            message,
            limit: limit,
            actual: actual,
            hint: hint
        )
    }

    /// Writes down what the command has done, and stamps the document.
    mutating func record(
        _ kind: Command.Kind,
        restore: Restoration? = nil,
        pointer: [String],
        before: JSON,
        after: JSON,
        inverse: [Command],
        effects: [Mutation.Effect] = [],
        within: [BlockID] = []
    ) {
        if mutations.isEmpty { changeDocument { [stamp] in $0.stamps.updated = stamp } }
        mutations.append(
            Mutation(
                command: Command(kind, restore: restore),
                pointer: JSONPointer(tokens: pointer),
                before: before,
                after: after,
                inverse: inverse,
                effects: effects,
                within: within
            )
        )
    }

    /// Changes the document's own members, not its blocks, and keeps count of its size.
    mutating func changeDocument(_ body: (inout Document) -> Void) {
        size.bytes -= document.ownByteCount
        body(&document)
        size.bytes += document.ownByteCount
    }

    /// Asks and changes the identifiers in use, which are gathered when first asked for.
    mutating func claimIdentifier(_ claim: (inout UsedIdentifiers) -> Bool) -> Bool {
        // Taken out and put back, so that the sets are changed in place.
        var used = usedIDs.take() ?? UsedIdentifiers(document)
        defer { usedIDs = used }
        return claim(&used)
    }

    /// Keeps the identifiers in use up to date, if anyone has asked for them.
    mutating func updateIdentifiers(_ update: (inout UsedIdentifiers) -> Void) {
        guard var used = usedIDs.take() else { return }
        update(&used)
        usedIDs = used
    }

    /// Gathers the identifiers in use and takes those of a block away that will be replaced.
    mutating func freeIdentifiers(of block: Block) {
        var used = usedIDs.take() ?? UsedIdentifiers(document)
        used.remove(block)
        usedIDs = used
    }

    /// Forgets the identifiers in use, since the document changed as a whole.
    mutating func forgetIdentifiers() { usedIDs = nil }
}

/// Every identifier in a document.
struct UsedIdentifiers {
    var blocks: Set<BlockID> = []
    var annotations: Set<AnnotationID> = []
    var comments: Set<CommentID> = []

    init(_ document: Document) {
        for block in document.blocks { insert(block) }
        for comment in document.comments { comments.insert(comment.id) }
    }

    init() {}

    /// Adds the identifiers of a block and of all that is in it.
    mutating func insert(_ block: Block) {
        block.visit { block in
            blocks.insert(block.id)
            for annotation in block.annotations { annotations.insert(annotation.id) }
            for comment in block.comments { comments.insert(comment.id) }
        }
    }

    /// Takes away the identifiers of a block and of all that is in it.
    mutating func remove(_ block: Block) {
        block.visit { block in
            blocks.remove(block.id)
            for annotation in block.annotations { annotations.remove(annotation.id) }
            for comment in block.comments { comments.remove(comment.id) }
        }
    }
}
