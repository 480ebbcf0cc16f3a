public import JSONSchema

extension Command {
    /// Changes a block's type or properties.
    ///
    /// JSON: `{"op": "block.update", "target": Target, "type"?: string, "properties"?: object}`, at least one of the last
    /// two; `properties` are merged member by member, `null` removes one; scope `blocks:write`. `expect.text` is the text of
    /// the block.
    ///
    /// Sendable; a plain value.
    public struct BlockUpdate: CommandBody {
        static let memberNames = ["target", "type", "properties"]

        /// The block or blocks.
        public var target: Target
        /// The new type; not empty.
        public var type: String?
        /// Members to be set, or removed where they are `null`.
        public var properties: JSONObject?

        /// Makes the parameters; give at least one of the last two.
        ///
        /// - Parameters:
        ///   - target: the block or blocks.
        ///   - type: the new type; not empty.
        ///   - properties: members to be set, or removed where they are `null`.
        public init(target: Target, type: String? = nil, properties: JSONObject? = nil) {
            self.target = target
            self.type = type
            self.properties = properties
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            target = try reader.nested("target", Target.init(json:))
            type = try reader.optionalName("type")
            properties = try reader.optionalObject("properties")
            guard type != nil || properties != nil else {
                throw ShapeError("min-properties", "block.update needs at least one of type and properties")
            }
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("target")
            target.write(into: &writer)
            if let type {
                writer.key("type")
                writer.string(type)
            }
            if let properties {
                writer.key("properties")
                writer.value(.object(properties))
            }
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(value: true)
            if let type { try draft.check(type, at: ["type"]) }
            let nulls = draft.command.restore?.nulls ?? []
            try draft.changeContent(of: target) { (draft, block, level) throws(CommandError) in
                try draft.checkExpected(text: block.text)
                if let properties {
                    try draft.check(properties, depth: Block.depth(onLevel: level), at: ["properties"])
                }
                var before = JSONObject()
                var after = JSONObject()
                var inverse = BlockUpdate(target: .block(block.id))
                var inverseNulls: [String] = []
                if let type, !type.hasSameScalars(as: block.type) {
                    inverse.type = block.type
                    before["type"] = .string(block.type)
                    after["type"] = .string(type)
                    block.type = type
                }
                var old = JSONObject()
                var new = JSONObject()
                var back = JSONObject()
                for (key, value) in properties ?? JSONObject() {
                    let isRemoval = value.isNull && !nulls.contains { $0.hasSameScalars(as: key) }
                    let wanted: JSON? = isRemoval ? .none : .some(value)
                    let current = block.properties[key]
                    guard wanted != current else { continue }
                    old[key] = current
                    new[key] = wanted
                    back[key] = current ?? .null
                    if let current, current.isNull { inverseNulls.append(key) }
                    block.properties[key] = wanted
                }
                if !back.isEmpty {
                    inverse.properties = back
                    before["properties"] = .object(old)
                    after["properties"] = .object(new)
                }
                guard !before.isEmpty else { return nil }
                return ContentEdit(
                    resolved: .blockUpdate(BlockUpdate(target: .block(block.id), type: type, properties: properties)),
                    pointer: [],
                    before: .object(before),
                    after: .object(after),
                    inverse: .blockUpdate(inverse),
                    nulls: inverseNulls
                )
            }
        }
    }
}
