import JSONSchema

/// Why a command cannot be moved forward.
struct Conflict: Error {
    /// Where in the command.
    var tokens: [String]
    var rule: String
    var message: String
}

extension History {
    /// Moves a command forward through all that happened, and turns that into what happened after the command.
    ///
    /// - Parameters:
    ///   - command: made on the document as it was before all that happened, but after the commands moved so far.
    ///   - ownChanges: what it does to lists of blocks, if that is known.
    /// - Returns: the command as it is to be applied after all that happened.
    /// - Throws: ``Conflict`` if what it relies on has changed.
    mutating func move(_ command: Command, ownChanges: [ListChange]? = nil) throws(Conflict) -> Command {
        guard !isEmpty else { return command }
        guard !isDeletion else {
            throw Conflict(tokens: [], rule: "document-deleted", message: "the document has been deleted since")
        }
        var moved = command
        switch command.kind {
        case .textInsert(var body):
            let length = body.text.scalarCount
            if let own = try move(.positions(body.start, body.start), of: body.target, inserting: length) {
                body.start = own.start
            }
            moved.kind = .textInsert(body)
        case .textReplace(var body):
            let length = body.text.scalarCount
            if let own = try move(body.range, of: body.target, inserting: length) {
                body.range = .positions(own.start, own.end)
            }
            moved.kind = .textReplace(body)
        case .textDelete(var body):
            if let own = try move(body.range, of: body.target, inserting: 0) {
                body.range = .positions(own.start, own.end)
            }
            moved.kind = .textDelete(body)
        case .annotationSet(var body):
            if let own = try move(body.range, of: body.target, inserting: nil) {
                body.range = .positions(own.start, own.end)
            }
            moved.kind = .annotationSet(body)
        case .annotationRemove(var body):
            if case .name(let name, let range?) = body.selection {
                if let own = try move(range, of: body.target, inserting: nil) {
                    body.selection = .name(name, range: .positions(own.start, own.end))
                }
            } else {
                try refuseDeleted(body.target)
            }
            moved.kind = .annotationRemove(body)
        case .blockInsert(var body):
            body.place = try move(body.place, isMove: false, ownChanges: ownChanges)
            moved.kind = .blockInsert(body)
        case .blockMove(var body):
            try refuseDeleted(body.target)
            body.place = try move(body.place, isMove: true, ownChanges: ownChanges)
            moved.kind = .blockMove(body)
        case .blockDelete(let body):
            try refuseWritten(body.target)
            try follow(ownChanges)
        case .blockReplace(let body): try refuseWritten(body.target)
        case .blockUpdate(let body): try check(body)
        case .propertySet(let body): try check(body.target, body.pointer)
        case .propertyRemove(let body): try check(body.target, body.pointer)
        case .commentAdd(let body): if let target = body.target { try refuseDeleted(target) }
        case .documentSetTitle:
            if isTitled { throw Conflict(tokens: [], rule: "title-changed", message: "the title has changed since") }
        case .documentPatch, .documentDelete:
            throw Conflict(tokens: [], rule: "not-movable", message: "\(command.op) needs the latest revision")
        case .documentCreate, .commentResolve, .commentRemove, .tagAdd, .tagRemove, .participantAdd,
            .participantRemove:
            break
        }
        moved.restore = restoration(of: moved, command.restore)
        return moved
    }

    // MARK: Text

    /// Moves a range of a block's text.
    ///
    /// - Parameters:
    ///   - range: the part the command relies on.
    ///   - target: the block.
    ///   - length: how many code points are put in its place; `nil` if the text stays.
    /// - Returns: the range afterwards; `nil` if it needs no moving.
    /// - Throws: ``Conflict`` if the text of the range has changed, or its block is gone.
    private mutating func move(
        _ range: TextRange,
        of target: Target,
        inserting length: Int?
    ) throws(Conflict) -> TextSplice? {
        try refuseDeleted(target)
        switch (target, range) {
        case (.block(let id), .positions(let start, let end)):
            guard !rewritten.contains(id) else {
                throw Conflict(tokens: ["target"], rule: "block-rewritten", message: "the block was rewritten since")
            }
            guard var passed = splices[id] else { return nil }
            guard !areTextsBlurred, !blurredTexts.contains(id) else { throw Self.blurred }
            var own = TextSplice(start: start, end: end, inserted: length ?? end - start)
            for index in passed.indices {
                guard let (next, other) = own.crossing(passed[index]) else {
                    throw Conflict(
                        tokens: ["start"],
                        rule: "text-changed",
                        message: "the text that the positions speak of has changed since"
                    )
                }
                own = next
                passed[index] = other
            }
            if length != nil { splices[id] = passed }
            return own
        case (.block(let id), .find(let needle, _)):
            if let length, length != needle.scalarCount { blurredTexts.insert(id) }
            return nil
        case (.find, .positions):
            guard !touchesBlocks else {
                throw Conflict(
                    tokens: ["target", "find"],
                    rule: "target-changed",
                    message: "positions in a block that is found by what it holds cannot be moved forward"
                )
            }
            return nil
        case (.find, .find(let needle, _)):
            if let length, length != needle.scalarCount { areTextsBlurred = true }
            return nil
        }
    }

    private static var blurred: Conflict {
        Conflict(
            tokens: ["start"],
            rule: "text-changed",
            message: "the text has changed since, and an earlier command finds its place in it only when applied"
        )
    }

    /// An inverse's annotations, moved with the text; those whose text is gone stay gone.
    private func restoration(of command: Command, _ restore: Restoration?) -> Restoration? {
        guard let restore, !restore.annotations.isEmpty, let id = command.contentTarget?.blockID,
            let passed = splices[id]
        else { return restore }
        let annotations = passed.reduce(restore.annotations) { $0.moved(by: $1) }
        return Restoration(
            stamp: restore.stamp,
            annotations: annotations,
            without: restore.without,
            nulls: restore.nulls,
            isInsertion: restore.isInsertion
        )
    }

    // MARK: Places

    private mutating func move(
        _ place: Place,
        isMove: Bool,
        ownChanges: [ListChange]?
    ) throws(Conflict) -> Place {
        var place = place
        var changes = ownChanges
        switch place {
        case .after(let id): try refuseDeleted(id, at: "after")
        case .before(let id): try refuseDeleted(id, at: "before")
        case .parent(let parent, let index):
            if let parent { try refuseDeleted(parent, at: "parent") }
            guard let index else { break }
            // Of a moved block it must be known what place it leaves, since its new index does not count it.
            let isBlurred = areListsBlurred || isMove && changes == nil
            guard !isOpaque, !isBlurred || lists[parent] == nil else {
                throw Conflict(
                    tokens: ["index"],
                    rule: "list-changed",
                    message: "the blocks around this place have changed since"
                )
            }
            if changes == nil, !isMove { changes = [ListChange(parent: parent, index: index, isInsertion: true)] }
            if isMove, let known = changes, known.count == 2 {
                try follow([known[0]])
                changes = [known[1]]
            }
            place = .parent(parent, index: (lists[parent] ?? []).reduce(index) { $1.moved($0) })
        }
        try follow(changes)
        return place
    }

    /// Turns what happened to lists into what happened after a command's own changes to them.
    private mutating func follow(_ changes: [ListChange]?) throws(Conflict) {
        guard let changes else {
            areListsBlurred = true
            return
        }
        for change in changes {
            guard var passed = lists[change.parent] else { continue }
            var own = change
            for index in passed.indices { (own, passed[index]) = own.crossing(passed[index]) }
            lists[change.parent] = passed
        }
    }

    // MARK: Blocks and values

    private func refuseDeleted(_ target: Target) throws(Conflict) {
        if case .block(let id) = target, deleted.contains(id) {
            throw Conflict(
                tokens: ["target", "block"],
                rule: "block-deleted",
                message: "the block has been deleted since"
            )
        }
    }

    private func refuseDeleted(_ id: BlockID, at member: String) throws(Conflict) {
        guard deleted.contains(id) else { return }
        throw Conflict(tokens: [member], rule: "block-deleted", message: "the block has been deleted since")
    }

    /// Refuses to take away a block in which someone has written.
    private func refuseWritten(_ target: Target) throws(Conflict) {
        try refuseDeleted(target)
        let isWritten =
            switch target {
            case .block(let id): isOpaque || written.contains(id)
            case .find: isOpaque || !written.isEmpty
            }
        guard isWritten else { return }
        throw Conflict(
            tokens: ["target"],
            rule: "block-changed",
            message: "someone has written in the block since, and that would be lost"
        )
    }

    private func check(_ body: Command.BlockUpdate) throws(Conflict) {
        try refuseDeleted(body.target)
        guard case .block(let id) = body.target else { return }
        if body.type != nil, retyped.contains(id) {
            throw Conflict(tokens: ["type"], rule: "type-changed", message: "the block's type has changed since")
        }
        for key in body.properties?.keys ?? [] {
            try check(body.target, JSONPointer(tokens: [key]), at: ["properties", key])
        }
    }

    /// Refuses to write over what someone has written since.
    private func check(
        _ target: Target?,
        _ pointer: JSONPointer,
        at tokens: [String] = ["pointer"]
    ) throws(Conflict) {
        if let target {
            try refuseDeleted(target)
            guard target.blockID != nil else { return }
        }
        for write in properties where write.block == target?.blockID {
            let isOverlap = pointer.hasPrefix(write.pointer) || write.pointer.hasPrefix(pointer)
            let isShifted = write.isShift && write.pointer.parent.map { pointer.hasPrefix($0) } ?? true
            guard isOverlap || isShifted else { continue }
            throw Conflict(tokens: tokens, rule: "value-changed", message: "the value has changed since")
        }
    }
}

extension Command {
    /// The target of a command on a block's content.
    fileprivate var contentTarget: Target? {
        switch kind {
        case .textInsert(let body): body.target
        case .textReplace(let body): body.target
        case .textDelete(let body): body.target
        case .annotationSet(let body): body.target
        case .annotationRemove(let body): body.target
        case .propertySet(let body): body.target
        case .propertyRemove(let body): body.target
        case .blockUpdate(let body): body.target
        default: nil
        }
    }
}
