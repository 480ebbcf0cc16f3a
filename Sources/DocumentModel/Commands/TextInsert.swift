import JSONSchema

extension Command {
    /// Puts text into a block.
    ///
    /// JSON: `{"op": "text.insert", "target": Target, "start": integer, "text": string}`; scope `blocks:write`.
    ///
    /// Text inserted at an annotation's edge stays outside it, text inserted within it becomes part of it.
    /// `expect.text` is the whole text of the block.
    ///
    /// Sendable; a plain value.
    public struct TextInsert: CommandBody {
        static let memberNames = ["target", "start", "text"]

        /// The block or blocks.
        public var target: Target
        /// The code point before which the text goes; the length of the text appends.
        public var start: Int
        /// What is put in.
        public var text: String

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - target: the block or blocks.
        ///   - start: the code point before which the text goes.
        ///   - text: what is put in.
        public init(target: Target, start: Int, text: String) {
            self.target = target
            self.start = start
            self.text = text
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            target = try reader.nested("target", Target.init(json:))
            start = try reader.integer("start", minimum: 0)
            text = try reader.string("text")
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
            writer.key("start")
            writer.int(start)
            writer.key("text")
            writer.string(text)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            try draft.changeContent(of: target) { (draft, block, _) throws(CommandError) in
                try draft.checkExpected(text: block.text)
                return try draft.splice(&block, .positions(start, start), text) { id, range in
                    .textInsert(TextInsert(target: .block(id), start: range.lowerBound, text: text))
                }
            }
        }
    }
}
