internal import DocumentModel
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

extension Plugin {
    /// What ``init(row:secrets:)`` reads, in its order.
    static let columns = """
        id, name, url, dialect, state, handshake, verifies_signatures, created_at, updated_at, scopes, manifest
        """

    func encodedScopes() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for scope in scopes.map(\.description).sorted() { writer.string(scope) }
        writer.endArray()
        return writer.bytes
    }

    init(row: PreparedStatement, secrets: [WebhookSecret]) throws {
        let id: PluginID = try row.identifier(0)
        do {
            let scopes = try (StoredJSON.read(row.bytes(9)).arrayValue ?? []).map { scope in
                guard let text = scope.stringValue, let scope = Scope(parsing: text) else {
                    throw StoreError(.corrupt, "a scope of plugin \(id) is unknown: \(scope)")
                }
                return scope
            }
            self.init(
                id: id,
                url: try PluginURL(parsing: row.text(2)),
                name: row.text(1),
                dialect: row.text(3),
                state: try storedName(row.text(4)),
                handshake: try storedName(row.text(5)),
                manifest: try Manifest(json: StoredJSON.read(row.bytes(10))),
                scopes: Set(scopes),
                verifiesSignatures: row.optionalInt(6).map { $0 != 0 },
                secrets: secrets,
                createdAt: row.timestamp(7),
                updatedAt: row.timestamp(8)
            )
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.corrupt, "the stored plugin \(id) cannot be read: \(error)")
        }
    }
}
