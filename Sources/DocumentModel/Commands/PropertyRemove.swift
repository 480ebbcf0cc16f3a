public import JSONSchema

extension Command {
    /// Removes one of the free members of the document or of a block; that there is none changes nothing.
    ///
    /// JSON: `{"op": "property.remove", "pointer": string, "target"?: Target}`; without a target, of the document; scope
    /// `properties:write`. `expect.value` is the value at the pointer, `null` if there is none.
    ///
    /// The pointer starts at `properties`; the empty pointer removes all members.
    ///
    /// Sendable; a plain value.
    ///
    /// Source: RFC 6901.
    public struct PropertyRemove: CommandBody {
        static let memberNames = ["pointer", "target"]

        /// The way to the value, from `properties`.
        public var pointer: JSONPointer
        /// The block or blocks; absent, the document.
        public var target: Target?

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - pointer: the way to the value, from `properties`.
        ///   - target: the block or blocks; absent, the document.
        public init(pointer: JSONPointer, target: Target? = nil) {
            self.pointer = pointer
            self.target = target
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            pointer = try reader.pointer("pointer")
            target = try reader.optional("target", Target.init(json:))
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("pointer")
            writer.string(pointer.description)
            if let target {
                writer.key("target")
                target.write(into: &writer)
            }
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.changeProperties(of: target, at: pointer) { (_, properties, _) in
                guard pointer.isRoot else { return properties.remove(at: pointer.tokens[...]) }
                return (try? properties.set([:], at: [])) ?? .unchanged
            }
        }
    }
}
