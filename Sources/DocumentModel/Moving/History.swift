import JSONSchema

/// What happened to a document since commands were made, as far as it matters to them.
///
/// As commands are moved through it, it becomes what happened as someone sees it who had them applied already.
struct History {
    /// A member of the properties of the document or of a block that was written.
    struct PropertyWrite {
        var block: BlockID?
        var pointer: JSONPointer
        /// Whether elements of an array were pushed to other indices.
        var isShift: Bool
    }

    private(set) var isEmpty = true
    /// What was done to the text of blocks, oldest first.
    var splices: [BlockID: [TextSplice]] = [:]
    /// What was done to lists of blocks, oldest first.
    var lists: [BlockID?: [ListChange]] = [:]
    private(set) var deleted: Set<BlockID> = []
    private var created: Set<BlockID> = []
    /// Blocks whose text became another in a way that cannot be followed.
    private(set) var rewritten: Set<BlockID> = []
    /// Blocks in which text was written, be it theirs, that of blocks inside them or that of comments on these.
    private(set) var written: Set<BlockID> = []
    private(set) var retyped: Set<BlockID> = []
    private(set) var properties: [PropertyWrite] = []
    private(set) var isTitled = false
    /// Whether a patch changed blocks, so that it is not known what happened around them.
    private(set) var isOpaque = false
    private(set) var isDeletion = false

    /// Blocks whose text the commands so far have changed in a way that is only known when they are applied.
    var blurredTexts: Set<BlockID> = []
    /// Whether that may be any block.
    var areTextsBlurred = false
    /// Whether the commands so far have changed lists of blocks in such a way.
    var areListsBlurred = false

    init() {}

    /// Gathers what mutations did.
    ///
    /// - Parameter mutations: oldest first.
    init(_ mutations: [Mutation]) {
        for mutation in mutations { add(mutation, isEarliest: false) }
    }

    /// Adds what a mutation did before all that is known.
    mutating func prepend(_ mutation: Mutation) { add(mutation, isEarliest: true) }

    /// Whether anything happened to the blocks of the document.
    var touchesBlocks: Bool {
        isOpaque || !splices.isEmpty || !lists.isEmpty || !rewritten.isEmpty || !deleted.isEmpty || !retyped.isEmpty
    }

    private mutating func add(_ mutation: Mutation, isEarliest: Bool) {
        isEmpty = false
        for effect in mutation.effects {
            switch effect {
            case .blockCreated(let id):
                created.insert(id)
                if !isEarliest { deleted.remove(id) }
            case .blockDeleted(let id):
                // What was put back later is there.
                if !(isEarliest && created.contains(id)) { deleted.insert(id) }
            case .blockChanged, .commentAdded, .participantAdded, .participantRemoved: break
            }
        }
        for change in ListChange.changes(of: mutation) {
            lists[change.parent, default: []].insert(change, isEarliest: isEarliest)
        }
        switch mutation.command.kind {
        case .textInsert(let body): addSplice(mutation, body.target, body.start, isEarliest)
        case .textReplace(let body): addSplice(mutation, body.target, body.range.start, isEarliest)
        case .textDelete(let body): addSplice(mutation, body.target, body.range.start, isEarliest)
        case .blockInsert, .blockMove, .commentAdd, .commentResolve: written.formUnion(mutation.within)
        case .blockReplace:
            written.formUnion(mutation.within)
            rewriteBlocks(of: mutation)
        case .documentPatch: addPatch(mutation)
        case .blockUpdate(let body):
            guard case .block(let id) = body.target else { break }
            if body.type != nil { retyped.insert(id) }
            for key in body.properties?.keys ?? [] {
                properties.append(PropertyWrite(block: id, pointer: JSONPointer(tokens: [key]), isShift: false))
            }
        case .propertySet(let body): addProperty(mutation, body.target, body.pointer)
        case .propertyRemove(let body): addProperty(mutation, body.target, body.pointer)
        case .documentSetTitle: isTitled = true
        case .documentDelete: isDeletion = true
        case .documentCreate, .blockDelete, .annotationSet, .annotationRemove, .commentRemove, .tagAdd, .tagRemove,
            .participantAdd, .participantRemove:
            break
        }
    }

    private mutating func addSplice(_ mutation: Mutation, _ target: Target, _ start: Int?, _ isEarliest: Bool) {
        guard case .block(let id) = target, let start else { return }
        let splice = TextSplice(
            start: start,
            end: start + (mutation.before.stringValue?.scalarCount ?? 0),
            inserted: mutation.after.stringValue?.scalarCount ?? 0
        )
        splices[id, default: []].insert(splice, isEarliest: isEarliest)
        written.insert(id)
        written.formUnion(mutation.within)
    }

    private mutating func addProperty(_ mutation: Mutation, _ target: Target?, _ pointer: JSONPointer) {
        let restores = [mutation.command.restore] + mutation.inverse.map(\.restore)
        properties.append(
            PropertyWrite(
                block: target?.blockID,
                pointer: pointer,
                isShift: restores.contains { $0?.isInsertion ?? false }
            )
        )
    }

    private mutating func rewriteBlocks(of mutation: Mutation) {
        for case .blockChanged(let id) in mutation.effects {
            rewritten.insert(id)
            written.insert(id)
            retyped.insert(id)
            properties.append(PropertyWrite(block: id, pointer: .root, isShift: true))
        }
    }

    private mutating func addPatch(_ mutation: Mutation) {
        rewriteBlocks(of: mutation)
        var pointers = [mutation.pointer.description]
        if mutation.pointer.isRoot { pointers = mutation.before.objectValue?.keys ?? [] }
        for pointer in pointers {
            if pointer.hasPrefix("/blocks") { isOpaque = true }
            if pointer.hasPrefix("/title") { isTitled = true }
            if pointer.hasPrefix("/properties") {
                properties.append(PropertyWrite(block: nil, pointer: .root, isShift: true))
            }
        }
    }
}

extension Array {
    fileprivate mutating func insert(_ element: Element, isEarliest: Bool) {
        if isEarliest { insert(element, at: 0) } else { append(element) }
    }
}

extension TextRange {
    /// The first code point, if the range gives it.
    var start: Int? {
        if case .positions(let start, _) = self { start } else { nil }
    }
}
