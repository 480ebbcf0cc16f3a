import JSONSchema

/// The part of a document's JSON that a patch follows, so that a small patch does not make a value of the whole.
struct PatchView {
    /// The members that the patch follows.
    var json: JSON
    /// Their names; `nil` if the patch follows the document as a whole.
    let followed: [String]?
    /// Whether blocks of the outermost level that the patch does not follow are `null` in `json`.
    let isSparse: Bool

    init(_ document: Document, _ patch: JSONPatch) {
        let paths = patch.operations.flatMap(\.paths)
        guard !paths.contains(where: \.isRoot) else {
            json = document.json
            followed = nil
            isSparse = false
            return
        }
        var names: [String] = []
        for path in paths where !names.contains(path.tokens[0]) { names.append(path.tokens[0]) }
        // Below a block, the indices of the others stay what they are.
        let blockPaths = paths.filter { $0.tokens[0] == "blocks" }
        let isSparse = blockPaths.allSatisfy { $0.tokens.count > 2 }
        let indices = Set(blockPaths.compactMap { $0.tokens.count > 1 ? JSONPointer.index($0.tokens[1]) : nil })
        var members = JSONObject()
        for name in names where name != "blocks" { members[name] = document.member(name) }
        if names.contains("blocks") {
            members["blocks"] = .array(
                document.blocks.enumerated().map { !isSparse || indices.contains($0) ? $1.json : .null }
            )
        }
        json = .object(members)
        followed = names
        self.isSparse = isSparse
    }

    /// Whether the patch may have changed a member.
    func isFollowed(_ name: String) -> Bool { followed?.contains(name) ?? true }
}

extension Document {
    /// One member of the JSON form as a value; blocks apart.
    fileprivate func member(_ name: String) -> JSON? {
        switch name {
        case "id": .string(id.description)
        case "type": .string(type)
        case "title": .string(title)
        case "revision": JSON(revision)
        case "properties": .object(properties)
        case "tags": .array(tags.map { .string($0) })
        case "participants": .array(participants.map(\.json))
        case "comments": .array(comments.map(\.json))
        case "createdBy": createdBy.json
        case "createdAt": .string(createdAt.description)
        case "updatedBy": updatedBy.json
        case "updatedAt": .string(updatedAt.description)
        default: nil
        }
    }
}
