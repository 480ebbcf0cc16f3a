import JSONSchema

extension HostClient {
    /// Finds a plugin by its id or its name.
    ///
    /// - Throws: ``CommandFailure`` when there is none of that name.
    func plugin(_ reference: String) async throws -> JSON {
        if reference.hasPrefix("plg_") { return try await call("GET", "/v1/plugins/" + Self.encoded(reference)) }
        let items = try await call("GET", "/v1/plugins")["items"]?.arrayValue ?? []
        if let found = items.first(where: { $0["name"]?.stringValue == reference }) { return found }
        let names = items.compactMap { $0["name"]?.stringValue }
        throw CommandFailure(
            "there is no plugin named \"\(reference)\"",
            hint: names.isEmpty
                ? "None is registered; see `pluginhost plugin add --help`."
                : "Registered: \(names.joined(separator: ", "))."
        )
    }

    /// The id of a plugin that lists may be limited to; nil for all.
    func pluginID(_ reference: String?) async throws -> String? {
        guard let reference else { return nil }
        return try await pluginID(reference) as String
    }

    /// Has the host do something with a plugin given by its id or name: the last part of the path, such as `enable`.
    func act(_ act: String, on plugin: String) async throws -> JSON {
        try await call("POST", "/v1/plugins/\(try await pluginID(plugin) as String)/\(act)")
    }

    /// The id of a plugin given by its id or name.
    func pluginID(_ reference: String) async throws -> String {
        if reference.hasPrefix("plg_") { return reference }
        return try await plugin(reference)["id"]?.stringValue ?? reference
    }
}
