import JSONSchema

extension Block {
    /// The block's JSON form as a value, for the `before` and `after` of mutations.
    var json: JSON {
        var members: JSONObject = [
            "id": .string(id.description), "type": .string(type), "text": .string(text),
            "properties": .object(properties), "children": .array(children.map(\.json)),
            "annotations": .array(annotations.map(\.json)), "comments": .array(comments.map(\.json)),
        ]
        stamps.addMembers(to: &members)
        return .object(members)
    }
}

extension Stamps {
    /// Adds the four members.
    func addMembers(to members: inout JSONObject) {
        members["createdBy"] = created.by.json
        members["createdAt"] = .string(created.at.description)
        members["updatedBy"] = updated.by.json
        members["updatedAt"] = .string(updated.at.description)
    }
}

extension Actor {
    /// The JSON form as a value.
    var json: JSON {
        var members: JSONObject = ["type": .string(kind.rawValue), "id": .string(id)]
        if let name { members["name"] = .string(name) }
        return .object(members)
    }
}

extension Comment {
    /// The JSON form as a value.
    var json: JSON {
        var members: JSONObject = [
            "id": .string(id.description), "text": .string(text), "createdBy": createdBy.json,
            "createdAt": .string(createdAt.description), "resolved": .bool(isResolved),
        ]
        if let resolution {
            members["resolvedBy"] = resolution.by.json
            members["resolvedAt"] = .string(resolution.at.description)
        }
        return .object(members)
    }
}

extension Document {
    /// The JSON form as a value; only `document.patch` needs it.
    var json: JSON {
        var members: JSONObject = [
            "id": .string(id.description), "type": .string(type), "title": .string(title), "revision": JSON(revision),
            "properties": .object(properties), "tags": .array(tags.map { .string($0) }),
            "participants": .array(participants.map(\.json)), "blocks": .array(blocks.map(\.json)),
            "comments": .array(comments.map(\.json)),
        ]
        stamps.addMembers(to: &members)
        return .object(members)
    }
}
