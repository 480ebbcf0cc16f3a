import JSONSchema

extension Command {
    /// Replaces a part of a block's text.
    ///
    /// JSON: `{"op": "text.replace", "target": Target, "start": integer, "end": integer, "text": string}` or, in place of
    /// `start` and `end`, `"find": string, "occurrence"?: integer`; scope `blocks:write`.
    ///
    /// Works on annotations like deleting the part and then inserting the text: an annotation whose text is all replaced is
    /// removed, one that reaches over both ends of the part keeps the new text. `expect.text` is the text of the part.
    ///
    /// Sendable; a plain value.
    public struct TextReplace: CommandBody {
        static let memberNames = ["target", "text"] + TextRange.memberNames

        /// The block or blocks.
        public var target: Target
        /// The part that is replaced.
        public var range: TextRange
        /// What is put in its place.
        public var text: String

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - target: the block or blocks.
        ///   - range: the part that is replaced.
        ///   - text: what is put in its place.
        public init(target: Target, range: TextRange, text: String) {
            self.target = target
            self.range = range
            self.text = text
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            target = try reader.nested("target", Target.init(json:))
            range = try TextRange(reader)
            text = try reader.string("text")
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
            range.writeMembers(into: &writer)
            writer.key("text")
            writer.string(text)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            try draft.changeContent(of: target) { (draft, block, _) throws(CommandError) in
                try draft.splice(&block, range, text, expectsPart: true) { id, range in
                    .textReplace(
                        TextReplace(
                            target: .block(id),
                            range: .positions(range.lowerBound, range.upperBound),
                            text: text
                        )
                    )
                }
            }
        }
    }
}
