import JSONSchema

extension Draft {
    /// Where a range is in a text: in code points and in UTF-8.
    func resolve(_ range: TextRange, in text: String) throws(CommandError) -> (scalars: Range<Int>, utf8: Range<Int>) {
        switch range {
        case .positions(let start, let end):
            guard start <= end else {
                throw error(
                    .invalid,
                    at: ["end"],
                    rule: "minimum",
                    "end must not be before start",
                    limit: JSON(start),
                    actual: JSON(end)
                )
            }
            guard let lower = text.utf8Offset(ofScalar: start) else { throw beyond(text, start, member: "start") }
            guard let upper = start == end ? lower : text.utf8Offset(ofScalar: end) else {
                throw beyond(text, end, member: "end")
            }
            return (start..<end, lower..<upper)
        case .find(let needle, let occurrence):
            let found = text.occurrences(of: needle, limit: occurrence ?? 2)
            guard let last = found.last, found.count >= occurrence ?? 1 else {
                throw error(
                    .doesNotApply,
                    at: [found.isEmpty ? "find" : "occurrence"],
                    rule: "no-match",
                    found.isEmpty ? "the text of the block does not contain this" : "there are not so many occurrences",
                    limit: JSON(found.count),
                    actual: occurrence.map { JSON($0) }
                )
            }
            guard occurrence != nil || found.count == 1 else {
                throw error(
                    .doesNotApply,
                    at: ["find"],
                    rule: "ambiguous",
                    "the text of the block contains this more than once",
                    limit: 1,
                    hint: "say which occurrence is meant, counted from 1, or find more of the text"
                )
            }
            let start = text.scalarOffset(ofUTF8: last)
            return (start..<start + needle.scalarCount, last..<last + needle.utf8.count)
        }
    }

    private func beyond(_ text: String, _ position: Int, member: String) -> CommandError {
        error(
            .doesNotApply,
            at: [member],
            rule: "range",
            "\(member) is behind the end of the text, counted in code points",
            limit: JSON(text.scalarCount),
            actual: JSON(position)
        )
    }

    /// Replaces a part of a block's text and moves its annotations.
    ///
    /// - Parameters:
    ///   - block: the block.
    ///   - range: the part.
    ///   - text: what is put in its place.
    ///   - expectsPart: whether `expect.text` speaks of the part.
    ///   - resolved: makes the command with positions.
    /// - Returns: what was done; `nil` if the text is as it should be already.
    /// - Throws: that the part is not there, not as expected, or that the text would be too long.
    func splice(
        _ block: inout Block,
        _ range: TextRange,
        _ text: String,
        expectsPart: Bool = false,
        resolved: (BlockID, Range<Int>) -> Command.Kind
    ) throws(CommandError) -> ContentEdit? {
        let old = block.text
        let (scalars, utf8) = try resolve(range, in: old)
        let removed = old.slice(utf8: utf8)
        if expectsPart { try checkExpected(text: removed) }
        guard !removed.hasSameScalars(as: text) else { return nil }
        let count = old.utf8.count - utf8.count + text.utf8.count
        guard count <= context.limits.stringBytes || count < old.utf8.count else {
            throw error(
                .limit,
                at: ["text"],
                rule: "string-bytes",
                "the block's text would be too long, counted in bytes of UTF-8",
                limit: JSON(context.limits.stringBytes),
                actual: JSON(count)
            )
        }
        let splice = TextSplice(start: scalars.lowerBound, end: scalars.upperBound, inserted: text.scalarCount)
        block.text = old.replacing(utf8: utf8, with: text)
        if !block.annotations.isEmpty { block.annotations = block.annotations.moved(by: splice) }
        let target = Target.block(block.id)
        let back = TextRange.positions(splice.start, splice.start + splice.inserted)
        let inverse: Command.Kind =
            if removed.isEmpty {
                .textDelete(Command.TextDelete(target: target, range: back))
            } else if text.isEmpty {
                .textInsert(Command.TextInsert(target: target, start: splice.start, text: removed))
            } else {
                .textReplace(Command.TextReplace(target: target, range: back, text: removed))
            }
        return ContentEdit(
            resolved: resolved(block.id, scalars),
            pointer: ["text"],
            before: .string(removed),
            after: .string(text),
            inverse: inverse,
            splice: splice
        )
    }
}
