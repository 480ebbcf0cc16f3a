internal import JSONSchema

/// Checks what manifests hold beside the members that are read.
enum ManifestSchema {
    private static let members = [
        "protocol", "name", "version", "description", "subscriptions", "views", "actions", "scopes",
    ]

    /// Refuses unknown members.
    static func check(_ json: JSON) throws(ManifestError) {
        for (name, _) in json.objectValue ?? [:] where !members.contains(name) {
            throw ManifestError(
                at: JSONPointer(tokens: [name]),
                rule: "additionalProperties",
                "there is no member of this name here",
                hint: NearestName.hint(for: name, among: members)
            )
        }
    }
}
