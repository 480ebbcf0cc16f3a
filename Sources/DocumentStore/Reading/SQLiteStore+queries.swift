public import DocumentModel
internal import GRDB
public import JSONSchema
public import PluginHost
public import PluginProtocol

extension SQLiteStore {
    /// A document's latest revision, see ``HostStore/document(_:)``; from memory if it was read or written lately.
    public func document(_ id: DocumentID) async throws -> DocumentSnapshot? {
        let (cached, epoch) = caches.head(id)
        if let cached { return cached.isDeleted ? nil : cached.snapshot }
        let head = try await read { database in
            let statement = try PreparedStatement(
                database,
                "SELECT \(Head.columns) FROM document WHERE id = ?"
            )
            statement.bind(id)
            return try statement.first(Head.init(row:))
        }
        guard let head else { return nil }
        caches.keep(head, of: id, ifStill: epoch)
        return head.isDeleted ? nil : head.snapshot
    }

    /// What led from one revision to another, see ``HostStore/mutations(of:after:through:)``.
    public func mutations(of document: DocumentID, after: Int, through: Int) async throws -> [Mutation] {
        guard through > after else { return [] }
        return try await read { database in
            // Newest first, since revisions asked for are mostly the last ones.
            let chain = DocumentChain(table: .entry, document: document, position: .max)
            var query = ListQuery(AuditItem.columns, from: AuditItem.tables)
            query.add("kind = 'mutation'")
            var mutations: [Mutation] = []
            try chain.scan(database, query, columnCount: AuditItem.columnCount) { row in
                let revision = row.int(7)
                guard revision > after else { return false }
                guard revision <= through else { return true }
                guard let body = row.optionalBytes(13) else {
                    throw HostError(
                        .conflict,
                        "what made revision \(revision) of \(document) was erased, so nothing can be moved across it",
                        hint: "read the document again and base the change on its latest revision"
                    )
                }
                mutations.append(try Mutation(json: StoredJSON.read(body)))
                return true
            }
            return mutations.reversed()
        }
    }

    /// What a plugin remembers of a document, see ``HostStore/pluginState(_:_:)``; that there is none is remembered.
    public func pluginState(_ plugin: PluginID, _ document: DocumentID) async throws -> JSON? {
        let key = PluginStateKey(plugin: plugin, document: document)
        let (cached, epoch) = caches.pluginState(key)
        if let cached { return cached }
        let state = try await read { database in
            let statement = try PreparedStatement(
                database,
                "SELECT state FROM plugin_state WHERE plugin = ? AND document = ?"
            )
            statement.bind(plugin)
            statement.bind(document)
            return try statement.first { try StoredJSON.read($0.bytes(0)) }
        }
        caches.keep(state, of: key, ifStill: epoch)
        return state
    }

    /// The answer to give again, see ``HostStore/idempotentAnswer(client:key:now:)``.
    public func idempotentAnswer(client: String, key: String, now: Timestamp) async throws -> IdempotentAnswer? {
        try await read { database in
            let statement = try PreparedStatement(
                database,
                "SELECT digest, status, body, time FROM idempotency WHERE client = ? AND key = ? AND time > ?"
            )
            statement.bind(client)
            statement.bind(key)
            statement.bind(now.millisecondsSince1970 - Self.idempotencyLifetime)
            return try statement.first { row in
                IdempotentAnswer(
                    client: client,
                    key: key,
                    digest: row.bytes(0),
                    status: row.int(1),
                    body: row.bytes(2),
                    time: row.timestamp(3)
                )
            }
        }
    }

    /// All plugins, see ``HostStore/plugins()``; oldest first.
    public func plugins() async throws -> [Plugin] {
        let key = key
        return try await read { database in
            var secrets: [String: [SigningSecret]] = [:]
            let sealed = try PreparedStatement(
                database,
                "SELECT plugin, position, sealed, created_at, ends_at FROM plugin_secret ORDER BY plugin, position"
            )
            try sealed.scan { row in
                let id: PluginID = try row.identifier(0)
                let context = WriterSession.secretContext(id, row.int(1))
                do {
                    let text = try key.open(row.bytes(2), for: .pluginSecret, context: context)
                    let secret = try WebhookSecret(parsing: String(decoding: text, as: UTF8.self))
                    let end = row.optionalInt64(4).map { Timestamp(millisecondsSince1970: $0) }
                    secrets[id.description, default: []]
                        .append(SigningSecret(secret, createdAt: row.timestamp(3), endsAt: end))
                } catch {
                    throw StoreError(.corrupt, "the secret of plugin \(id) cannot be decrypted")
                }
                return true
            }
            let plugins = try PreparedStatement(database, "SELECT \(Plugin.columns) FROM plugin ORDER BY key")
            return try plugins.all { row in
                try Plugin(row: row, secrets: SigningSecrets(secrets[row.text(0)] ?? []), key: key)
            }
        }
    }

    /// All document types, see ``HostStore/documentTypes()``; by name.
    public func documentTypes() async throws -> [DocumentType] {
        try await read { database in
            try PreparedStatement(database, "SELECT name, schema FROM document_type ORDER BY name").all { row in
                DocumentType(name: row.text(0), schema: try StoredJSON.read(row.bytes(1)))
            }
        }
    }

    /// All API clients, see ``HostStore/clients()``; oldest first.
    public func clients() async throws -> [APIClient] {
        try await read { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT id, name, actor_kind, actor_id, actor_name, token_digest, created_at FROM api_client
                ORDER BY created_at, id
                """
            )
            return try statement.all { row in
                APIClient(
                    id: row.text(0),
                    name: row.text(1),
                    actor: Actor(kind: try storedName(row.text(2)), id: row.text(3), name: row.optionalText(4)),
                    tokenDigest: row.bytes(5),
                    createdAt: row.timestamp(6)
                )
            }
        }
    }

    /// Work left by an earlier run, see ``HostStore/pendingWork()``.
    public func pendingWork() async throws -> [PendingWork] {
        try await read { database in
            try PreparedStatement(database, "SELECT \(PendingWork.columns) FROM work ORDER BY id")
                .all(PendingWork.init(row:))
        }
    }

    /// The highest number that work ever had, see ``HostStore/lastWorkID()``.
    public func lastWorkID() async throws -> WorkID {
        try await read { database in
            let last = try PreparedStatement(database, "SELECT seq FROM sqlite_sequence WHERE name = 'work'")
                .first { $0.int64(0) }
            return WorkID(last ?? 0)
        }
    }
}
