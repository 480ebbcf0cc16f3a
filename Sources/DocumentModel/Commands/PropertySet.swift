public import JSONSchema

extension Command {
    /// Sets one of the free members of the document or of a block.
    ///
    /// JSON: `{"op": "property.set", "pointer": string, "value": any, "target"?: Target}`; without a target, of the
    /// document; scope `properties:write`. `expect.value` is the value at the pointer, `null` if there is none.
    ///
    /// The pointer starts at `properties`. Objects are made on the way where there is nothing; `-` or the length of an array
    /// appends to it; the empty pointer sets all members, and the value is then an object.
    ///
    /// Sendable; a plain value.
    ///
    /// Source: RFC 6901.
    public struct PropertySet: CommandBody {
        static let memberNames = ["pointer", "value", "target"]

        /// The way to the value, from `properties`.
        public var pointer: JSONPointer
        /// The value.
        public var value: JSON
        /// The block or blocks; absent, the document.
        public var target: Target?

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - pointer: the way to the value, from `properties`.
        ///   - value: an object if the pointer is empty.
        ///   - target: the block or blocks; absent, the document.
        public init(pointer: JSONPointer, value: JSON, target: Target? = nil) {
            self.pointer = pointer
            self.value = value
            self.target = target
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            pointer = try reader.pointer("pointer")
            value = try reader.value("value")
            target = try reader.optional("target", Target.init(json:))
            if pointer.isRoot, value.objectValue == nil {
                throw ShapeError("type", at: ["value"], "all properties together are an object, not \(value.typeName)")
            }
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("pointer")
            writer.string(pointer.description)
            writer.key("value")
            writer.value(value)
            if let target {
                writer.key("target")
                target.write(into: &writer)
            }
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.changeProperties(of: target, at: pointer) { (draft, properties, level) throws(CommandError) in
                let depth = level.map(Block.depth(onLevel:)) ?? 1
                for token in pointer.tokens { try draft.check(token, at: ["pointer"]) }
                try draft.check(value, depth: depth + pointer.tokens.count, at: ["value"])
                try draft.check(depth: depth + pointer.tokens.count, at: ["pointer"])
                let isInsertion = draft.command.restore?.isInsertion ?? false
                do throws(PointerFault) {
                    return try properties.set(value, at: pointer.tokens[...], isInsertion: isInsertion)
                } catch {
                    throw draft.error(
                        .doesNotApply,
                        at: ["pointer"],
                        rule: error.rule,
                        error.message,
                        limit: error.limit,
                        actual: .string(error.token)
                    )
                }
            }
        }
    }
}
