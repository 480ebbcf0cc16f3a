import JSONSchema

extension Command {
    /// Deletes a part of a block's text.
    ///
    /// JSON: `{"op": "text.delete", "target": Target, "start": integer, "end": integer}` or, in place of `start` and
    /// `end`, `"find": string, "occurrence"?: integer`; scope `blocks:write`.
    ///
    /// Annotations shrink; those whose text is all deleted go with it, and an undo brings them back. `expect.text` is the
    /// text of the part.
    ///
    /// Sendable; a plain value.
    public struct TextDelete: CommandBody {
        static let memberNames = ["target"] + TextRange.memberNames

        /// The block or blocks.
        public var target: Target
        /// The part that is deleted.
        public var range: TextRange

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - target: the block or blocks.
        ///   - range: the part that is deleted.
        public init(target: Target, range: TextRange) {
            self.target = target
            self.range = range
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            target = try reader.nested("target", Target.init(json:))
            range = try TextRange(reader)
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
            range.writeMembers(into: &writer)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            try draft.changeContent(of: target) { (draft, block, _) throws(CommandError) in
                try draft.splice(&block, range, "", expectsPart: true) { id, range in
                    .textDelete(TextDelete(target: .block(id), range: .positions(range.lowerBound, range.upperBound)))
                }
            }
        }
    }
}
