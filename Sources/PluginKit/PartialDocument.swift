internal import JSONSchema

/// Completes documents of which a subscription's `reads` left something out, so that they can be
/// decoded as any other.
enum PartialDocument {
    private static let nobody: JSON = ["type": "system", "id": "unknown"]
    private static let never: JSON = "1970-01-01T00:00:00.000Z"
    private static let stamps: [(String, JSON)] = [
        ("createdBy", nobody), ("createdAt", never), ("updatedBy", nobody), ("updatedAt", never),
    ]
    private static let documentMembers: [(String, JSON?)] =
        [
            ("id", nil), ("type", nil), ("title", ""), ("revision", nil), ("properties", [:]), ("tags", []),
            ("participants", []), ("blocks", []), ("comments", []),
        ] + stamps
    private static let blockMembers: [(String, JSON?)] =
        [
            ("id", nil), ("type", nil), ("text", ""), ("properties", [:]), ("children", []), ("annotations", []),
            ("comments", []),
        ] + stamps

    /// The document with what is missing filled in as empty, and without members that this version
    /// does not know.
    static func completed(_ json: JSON) -> JSON {
        var document = members(of: json, documentMembers)
        document["blocks"] = blocks(document["blocks"])
        return .object(document)
    }

    private static func blocks(_ json: JSON?) -> JSON? {
        guard let elements = json?.arrayValue else { return json }
        return .array(
            elements.map { element in
                var block = members(of: element, blockMembers)
                block["children"] = blocks(block["children"])
                return .object(block)
            }
        )
    }

    private static func members(of json: JSON, _ names: [(String, JSON?)]) -> JSONObject {
        var members = JSONObject()
        for (name, fallback) in names {
            if let value = json[name] ?? fallback { members[name] = value }
        }
        return members
    }
}

extension JSON? {
    /// The object's members of these names; the empty object if there is none.
    func reading(_ names: [String]) -> JSON {
        var members = JSONObject()
        for name in names { members[name] = self?[name] }
        return .object(members)
    }
}
