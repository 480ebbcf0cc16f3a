import JSONSchema

/// What a command does to the content of one block.
struct ContentEdit {
    /// The command for this block alone, with positions and ids.
    var resolved: Command.Kind
    /// The changed member, from the block.
    var pointer: [String]
    var before: JSON
    var after: JSON
    /// What takes the text, type or properties back; `nil` if only annotations changed.
    var inverse: Command.Kind?
    /// What was done to the text.
    var splice: TextSplice?
    /// Properties that the inverse must set to `null`.
    var nulls: [String] = []
    /// Whether the inverse must insert into an array.
    var isInsertion = false
}

extension Draft {
    /// The ids of the blocks a target means; at least one.
    func blocks(_ target: Target, isSingle: Bool = false) throws(CommandError) -> [BlockID] {
        switch target {
        case .block(let id): return [id]
        case .find(let query):
            guard !isSingle || query.limit == 1 else {
                throw error(
                    .invalid,
                    at: ["target", "find", "limit"],
                    rule: "maximum",
                    "this command has one target",
                    limit: 1,
                    actual: JSON(query.limit)
                )
            }
            let found = document.blocks(matching: query)
            guard !found.isEmpty else {
                throw error(
                    .doesNotApply,
                    at: ["target", "find"],
                    rule: "no-match",
                    "no block of the document is what find describes"
                )
            }
            return found
        }
    }

    /// The way to a block.
    func path(to id: BlockID, at tokens: [String] = ["target", "block"]) throws(CommandError) -> [Int] {
        guard let path = document.path(of: id) else {
            throw error(
                .doesNotApply,
                at: tokens,
                rule: "no-block",
                "the document has no block of this id",
                actual: .string(id.description)
            )
        }
        return path
    }

    /// Refuses a command whose block has not the text expected.
    func checkExpected(text: @autoclosure () -> String) throws(CommandError) {
        guard let expected = command.expect?.text else { return }
        let actual = text()
        guard !expected.hasSameScalars(as: actual) else { return }
        throw error(
            .preconditionFailed,
            at: ["expect", "text"],
            rule: "expect-text",
            "the text is another",
            limit: .string(expected),
            actual: .string(actual)
        )
    }

    /// Refuses a command where another value is than expected.
    func checkExpected(value: @autoclosure () -> JSON?) throws(CommandError) {
        guard let expected = command.expect?.value else { return }
        let actual = value() ?? .null
        guard expected != actual else { return }
        throw error(
            .preconditionFailed,
            at: ["expect", "value"],
            rule: "expect-value",
            "the value is another",
            limit: expected,
            actual: actual
        )
    }

    /// Refuses an expectation that this command cannot have.
    func refuseExpected(text: Bool = false, value: Bool = false) throws(CommandError) {
        for (isRefused, name) in [
            (text && command.expect?.text != nil, "text"), (value && command.expect?.value != nil, "value"),
        ] where isRefused {
            throw error(
                .invalid,
                at: ["expect", name],
                rule: "expect-\(name)",
                "\(command.op) cannot expect a \(name)"
            )
        }
    }

    /// Changes the content of each block a target means, stamps it and writes the mutation down.
    ///
    /// - Parameters:
    ///   - target: the blocks.
    ///   - edit: changes the block on the given level and says how; `nil` if it is as it should be already.
    /// - Throws: what `edit` throws, or that there is no such block.
    mutating func changeContent(
        of target: Target,
        _ edit: (inout Draft, inout Block, _ level: Int) throws(CommandError) -> ContentEdit?
    ) throws(CommandError) {
        for id in try blocks(target) {
            let path = try path(to: id)
            let before = document.block(at: path)
            var after = before
            guard let edit = try edit(&self, &after, path.count - 1) else { continue }
            restoreAnnotations(of: &after)
            guard !after.hasSameContent(as: before) else { continue }
            if let stamp = command.restore?.stamp, stamp.from == before.stamps.updated {
                after.stamps.updated = stamp.to
            } else {
                after.stamps.updated = stamp
            }
            size.bytes += after.ownByteCount - before.ownByteCount
            if before.annotations != after.annotations {
                updateIdentifiers { used in
                    for annotation in before.annotations { used.annotations.remove(annotation.id) }
                    for annotation in after.annotations { used.annotations.insert(annotation.id) }
                }
            }
            document.replaceBlock(at: path, with: after)
            record(
                edit.resolved,
                restore: command.restore,
                pointer: Document.pointerTokens(path, edit.pointer),
                before: edit.before,
                after: edit.after,
                inverse: [Self.inverse(of: edit, before: before, after: after)],
                effects: [.blockChanged(id)],
                within: document.ancestors(of: path)
            )
        }
    }

    /// Does what an inverse says about annotations beyond its parameters.
    private func restoreAnnotations(of block: inout Block) {
        if let restore = command.restore, !(restore.annotations.isEmpty && restore.without.isEmpty) {
            let replaced = Set(restore.without + restore.annotations.map(\.id))
            let count = block.text.scalarCount
            block.annotations.removeAll { replaced.contains($0.id) }
            block.annotations.append(contentsOf: restore.annotations.filter { $0.end <= count })
        }
        block.annotations = block.annotations.inBlockOrder()
    }

    /// The command that takes an edit back to the very annotations and stamps.
    private static func inverse(of edit: ContentEdit, before: Block, after: Block) -> Command {
        let simulated = edit.splice.map { after.annotations.moved(by: $0.inverse) } ?? after.annotations
        var back: [Annotation] = []
        var without: [AnnotationID] = []
        if simulated != before.annotations {
            let found = Set(simulated)
            let wanted = Set(before.annotations.map(\.id))
            back = before.annotations.filter { !found.contains($0) }
            without = simulated.map(\.id).filter { !wanted.contains($0) }
        }
        let kind: Command.Kind
        if let inverse = edit.inverse {
            kind = inverse
        } else if let first = without.first {
            kind = .annotationRemove(Command.AnnotationRemove(target: .block(before.id), selection: .id(first)))
            without.removeFirst()
        } else if let first = back.first {
            kind = .annotationSet(Command.AnnotationSet(restoring: first, on: before.id))
            back.removeFirst()
        } else {
            // Only a source of ids that repeats itself can lead here; saying the same again does no harm.
            kind = edit.resolved
        }
        return Command(
            kind,
            restore: Restoration(
                stamp: Restoration.StampChange(from: after.stamps.updated, to: before.stamps.updated),
                annotations: back,
                without: without,
                nulls: edit.nulls,
                isInsertion: edit.isInsertion
            )
        )
    }
}
