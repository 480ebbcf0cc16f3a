import JSONSchema

/// Where a block goes.
///
/// JSON, among the members of a command: one of `"parent": "blk_…"|null` (with an optional `"index": integer`),
/// `"after": "blk_…"` and `"before": "blk_…"`.
///
/// Sendable; a plain value.
public enum Place: Sendable, Hashable {
    /// Into a block, or into the document's outermost level; at an index, or at the end.
    case parent(BlockID?, index: Int? = nil)
    /// Behind a block, on its level.
    case after(BlockID)
    /// In front of a block, on its level.
    case before(BlockID)

    /// The end of the document.
    public static let end = Place.parent(nil)

    static let memberNames = ["parent", "index", "after", "before"]

    /// Reads the place, if one is given.
    static func optional(_ reader: MemberReader) throws(ShapeError) -> Place? {
        let given = ["parent", "after", "before"].filter(reader.has)
        guard given.count <= 1 else {
            throw ShapeError("one-of", at: [given[1]], "a place has only one of parent, after and before")
        }
        let index = try reader.optionalInteger("index", minimum: 0)
        switch given.first {
        case "parent":
            if case .null = reader.optional("parent") { return .parent(nil, index: index) }
            return .parent(try reader.identifier("parent"), index: index)
        case let other:
            guard index == nil else { throw ShapeError("dependent-required", at: ["index"], "index needs parent") }
            guard let other else { return nil }
            return other == "after" ? .after(try reader.identifier("after")) : .before(try reader.identifier("before"))
        }
    }

    func writeMembers(into writer: inout JSONWriter) {
        switch self {
        case .parent(let parent, let index):
            writer.key("parent")
            if let parent { writer.string(parent) } else { writer.null() }
            if let index {
                writer.key("index")
                writer.int(index)
            }
        case .after(let id):
            writer.key("after")
            writer.string(id)
        case .before(let id):
            writer.key("before")
            writer.string(id)
        }
    }
}
