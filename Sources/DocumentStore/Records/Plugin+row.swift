internal import DocumentModel
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

extension Plugin {
    /// What ``init(row:secrets:key:)`` reads, in its order.
    static let columns = """
        id, name, url, dialect, state, handshake, verifies_signatures, created_at, updated_at, scopes, manifest, tls
        """

    func encodedScopes() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for scope in scopes.map(\.description).sorted() { writer.string(scope) }
        writer.endArray()
        return writer.bytes
    }

    /// Settings of TLS as they are stored: JSON, encrypted; nil if there are none.
    func sealedTLS(_ key: StoreKey) throws -> [UInt8]? {
        guard let tls else { return nil }
        var writer = JSONWriter()
        tls.write(into: &writer, withKey: true)
        return try key.seal(writer.bytes, for: .pluginSecret, context: "\(id) tls")
    }

    private static func openedTLS(_ sealed: [UInt8]?, _ id: PluginID, _ key: StoreKey) throws -> WebhookTLS? {
        guard let sealed else { return nil }
        do {
            let bytes = try key.open(sealed, for: .pluginSecret, context: "\(id) tls")
            return try WebhookTLS.read(StoredJSON.read(bytes))
        } catch {
            throw StoreError(.corrupt, "the settings of TLS of plugin \(id) cannot be decrypted")
        }
    }

    init(row: PreparedStatement, secrets: SigningSecrets, key: StoreKey) throws {
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
                tls: try Self.openedTLS(row.optionalBytes(11), id, key),
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
