public import DocumentModel
public import JSONSchema

/// What a plugin says of itself.
///
/// Shape: `{"protocol", "name", "version"?, "description"?, "subscriptions"?, "views"?, "actions"?,
/// "scopes"?}`, see `manifest.json`. `Sendable`.
public struct Manifest: Sendable, Hashable {
    /// A place in the application where a plugin shows something.
    ///
    /// Shape: `{"surface", "name", "title"?}`. `Sendable`.
    public struct View: Sendable, Hashable {
        /// Where a view can stand.
        public enum Surface: String, Sendable, Hashable, CaseIterable {
            /// A page of its own.
            case page
            /// Beside the document.
            case panel
            /// Within the document.
            case block
            /// Above everything.
            case dialog
        }

        /// Where it stands.
        public var surface: Surface
        /// Tells it from the plugin's other views.
        public var name: String
        /// For people; the name if the plugin gives none.
        public var title: String
    }

    /// Something that people can ask the plugin to do.
    ///
    /// Shape: `{"name", "title"?, "parameters"?}`. `Sendable`.
    public struct Action: Sendable, Hashable {
        /// Tells it from the plugin's other actions.
        public var name: String
        /// For people; the name if the plugin gives none.
        public var title: String
        /// The JSON Schema of what the plugin needs to know; nil if nothing.
        public var parameters: JSON?
    }

    /// The versions of the protocol that the plugin speaks.
    public let `protocol`: [String]
    /// What the plugin calls itself; also how other plugins refer to it.
    public let name: String
    /// The plugin's own version; empty if it gives none.
    public let version: String
    /// What it does, for people; empty if it does not say.
    public let description: String
    /// When it wants to be asked.
    public let subscriptions: [Subscription]
    /// What it can show.
    public let views: [View]
    /// What it can be asked to do.
    public let actions: [Action]
    /// What it wants to be granted.
    public let scopes: [Scope]
    /// The manifest as it was given.
    public let json: JSON

    /// Reads a manifest.
    ///
    /// - Parameters:
    ///   - json: the manifest.
    ///   - limits: for the plugin's time and the number of subscriptions.
    /// - Throws: ``ManifestError`` for the first thing that is wrong.
    public init(json: JSON, limits: Limits = .default) throws(ManifestError) {
        let root = ManifestReader(json: json, pointer: .root)
        self.json = json
        guard json.objectValue != nil else {
            throw ManifestError(at: .root, rule: "type", "expected an object, found \(json.kindWithArticle)")
        }
        let versions = try root.requiredStrings("protocol")
        guard versions.contains(PluginRequest.protocolVersion) else {
            throw ManifestError(
                at: JSONPointer(tokens: ["protocol"]),
                rule: "protocol",
                "this host speaks \"\(PluginRequest.protocolVersion)\", "
                    + "the plugin only \(versions.map { "\"\($0)\"" }.joined(separator: ", "))",
                limit: .array([.string(PluginRequest.protocolVersion)])
            )
        }
        `protocol` = versions
        name = try root.string("name")
        version = try root.optionalString("version") ?? ""
        description = try root.optionalString("description") ?? ""

        let subscriptions = try root.elements("subscriptions")
        guard subscriptions.count <= limits.subscriptionsPerManifest else {
            throw ManifestError(
                at: JSONPointer(tokens: ["subscriptions"]),
                rule: "subscriptionsPerManifest",
                "\(subscriptions.count) subscriptions; at most \(limits.subscriptionsPerManifest) are allowed",
                limit: .number(JSONNumber(limits.subscriptionsPerManifest)),
                actual: .number(JSONNumber(subscriptions.count))
            )
        }
        self.subscriptions = try subscriptions.map { element throws(ManifestError) in
            try Subscription(element, limits: limits)
        }
        views = try root.elements("views").map { element throws(ManifestError) in
            let name = try element.string("name")
            return View(
                surface: try element.choice("surface") ?? .panel,
                name: name,
                title: try element.optionalString("title") ?? name
            )
        }
        actions = try root.elements("actions").map { element throws(ManifestError) in
            let name = try element.string("name")
            return Action(
                name: name,
                title: try element.optionalString("title") ?? name,
                parameters: element.json["parameters"]
            )
        }
        try Self.checkUnique(views.map(\.name), in: "views")
        try Self.checkUnique(actions.map(\.name), in: "actions")
        scopes = try root.scopes("scopes")
        // Last, since what was read above is refused in words of its own.
        try ManifestSchema.check(json)
    }

    private static func checkUnique(_ names: [String], in member: String) throws(ManifestError) {
        var seen: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            guard let first = seen.updateValue(index, forKey: name) else { continue }
            throw ManifestError(
                at: JSONPointer(tokens: [member, String(index), "name"]),
                rule: "unique-name",
                "\"\(name)\" is already the name of /\(member)/\(first)",
                actual: .string(name)
            )
        }
    }
}
