internal import GRDB

/// The writer's statements, prepared once.
final class WriteStatements {
    let begin: PreparedStatement
    let commit: PreparedStatement
    let rollback: PreparedStatement

    let selectHead: PreparedStatement
    let insertDocument: PreparedStatement
    let updateDocument: PreparedStatement
    let deleteDocument: PreparedStatement
    let updateLinks: PreparedStatement
    let insertTag: PreparedStatement
    let deleteTag: PreparedStatement

    let insertEntry: PreparedStatement
    let insertPayload: PreparedStatement

    let beginExchange: PreparedStatement
    let endExchange: PreparedStatement
    let updateExchangeEvents: PreparedStatement
    let putExchange: PreparedStatement
    let selectExchange: PreparedStatement
    let putExchangeBody: PreparedStatement

    let putWork: PreparedStatement
    let deleteWork: PreparedStatement
    let putPluginState: PreparedStatement

    let pruneIdempotency: PreparedStatement
    let deleteExpiredKey: PreparedStatement
    let insertIdempotency: PreparedStatement

    let putPlugin: PreparedStatement
    let putPluginVersion: PreparedStatement
    let deletePlugin: PreparedStatement
    let deletePluginStates: PreparedStatement
    let deletePluginWork: PreparedStatement
    let deleteSecrets: PreparedStatement
    let insertSecret: PreparedStatement

    let putDocumentType: PreparedStatement
    let insertClient: PreparedStatement
    let putSetting: PreparedStatement

    init(_ database: Database, arena: BindArena) throws {
        func prepare(_ sql: String) throws -> PreparedStatement {
            try PreparedStatement(database, sql, arena: arena)
        }
        begin = try prepare("BEGIN IMMEDIATE")
        commit = try prepare("COMMIT")
        rollback = try prepare("ROLLBACK")

        selectHead = try prepare("SELECT \(Head.columns) FROM document WHERE id = ?")
        insertDocument = try prepare(
            """
            INSERT INTO document (key, id, type, revision, created_at, updated_at, deleted, last_entry, last_exchange, head)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        updateDocument = try prepare(
            """
            UPDATE document SET revision = ?, updated_at = ?, last_entry = ?, last_exchange = ?, head = ? WHERE key = ?
            """
        )
        // By itself: naming the column makes SQLite write the index over documents that are not deleted anew.
        deleteDocument = try prepare("UPDATE document SET deleted = 1 WHERE key = ?")
        updateLinks = try prepare("UPDATE document SET last_entry = ?, last_exchange = ? WHERE key = ?")
        insertTag = try prepare("INSERT INTO tag (tag, document) VALUES (?, ?)")
        deleteTag = try prepare("DELETE FROM tag WHERE tag = ? AND document = ?")

        insertEntry = try prepare(
            """
            INSERT INTO entry (seq, time, kind, actor_kind, actor_id, plugin, document, previous, revision, exchange,
                event, cause, op, commitment, matching)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        insertPayload = try prepare("INSERT INTO payload (seq, salt, actor_name, body) VALUES (?, ?, ?, ?)")

        beginExchange = try prepare(
            """
            INSERT INTO exchange (seq, id, plugin, document, previous, phase, revision, time, plugin_name, plugin_version,
                events, matching)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        endExchange = try prepare(
            """
            UPDATE exchange SET revision = ?, outcome = ?, status = ?, mutations = ?, request_commitment = ?,
                response_commitment = ?, detail = ?
            WHERE seq = ?
            """
        )
        // For `before`: others of the chain may have added to the change since it was begun.
        updateExchangeEvents = try prepare("UPDATE exchange SET events = ? WHERE seq = ?")
        putExchange = try prepare(
            """
            INSERT INTO exchange (seq, id, plugin, document, previous, phase, revision, time, outcome, status, mutations,
                request_commitment, response_commitment, plugin_name, plugin_version, events, detail,
                matching)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, outcome = excluded.outcome,
                status = excluded.status, mutations = excluded.mutations,
                request_commitment = excluded.request_commitment, response_commitment = excluded.response_commitment,
                detail = excluded.detail
            """
        )
        selectExchange = try prepare("SELECT seq FROM exchange WHERE id = ?")
        putExchangeBody = try prepare(
            """
            INSERT INTO exchange_body (seq, salt, request, response) VALUES (?, ?, ?, ?)
            ON CONFLICT (seq) DO UPDATE SET salt = excluded.salt, request = excluded.request,
                response = excluded.response
            """
        )

        putWork = try prepare(
            """
            INSERT INTO work (id, plugin, document, subscription, actor, events) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET actor = excluded.actor, events = excluded.events
            """
        )
        deleteWork = try prepare("DELETE FROM work WHERE id = ?")
        putPluginState = try prepare(
            """
            INSERT INTO plugin_state (plugin, document, state) VALUES (?, ?, ?)
            ON CONFLICT (plugin, document) DO UPDATE SET state = excluded.state
            """
        )

        // Each insertion takes up to four of the oldest away, so that the table never needs a sweep.
        pruneIdempotency = try prepare(
            """
            DELETE FROM idempotency
            WHERE seq IN (SELECT seq FROM idempotency ORDER BY seq LIMIT 4) AND time <= ?
            """
        )
        deleteExpiredKey = try prepare("DELETE FROM idempotency WHERE client = ? AND key = ? AND time <= ?")
        insertIdempotency = try prepare(
            "INSERT INTO idempotency (client, key, digest, status, time, body) VALUES (?, ?, ?, ?, ?, ?)"
        )

        putPlugin = try prepare(
            """
            INSERT INTO plugin (id, name, url, dialect, state, handshake, verifies_signatures, created_at, updated_at,
                scopes, manifest, tls)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, dialect = excluded.dialect,
                state = excluded.state, handshake = excluded.handshake,
                verifies_signatures = excluded.verifies_signatures, updated_at = excluded.updated_at,
                scopes = excluded.scopes, manifest = excluded.manifest, tls = excluded.tls
            """
        )
        // Named as it was last, should a plugin be deleted.
        putPluginVersion = try prepare(
            """
            INSERT INTO plugin_version (plugin, generation, name, state, manifest)
            VALUES (?1, ?2, coalesce(?3, (SELECT name FROM plugin WHERE id = ?1), ''), ?4, ?5)
            ON CONFLICT (plugin, generation) DO UPDATE SET name = excluded.name, state = excluded.state,
                manifest = excluded.manifest
            """
        )
        deletePlugin = try prepare("DELETE FROM plugin WHERE id = ?")
        deletePluginStates = try prepare("DELETE FROM plugin_state WHERE plugin = ?")
        deletePluginWork = try prepare("DELETE FROM work WHERE plugin = ?")
        deleteSecrets = try prepare("DELETE FROM plugin_secret WHERE plugin = ?")
        insertSecret = try prepare(
            "INSERT INTO plugin_secret (plugin, position, sealed, created_at, ends_at) VALUES (?, ?, ?, ?, ?)"
        )

        putDocumentType = try prepare(
            """
            INSERT INTO document_type (name, schema) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET schema = excluded.schema
            """
        )
        insertClient = try prepare(
            """
            INSERT INTO api_client (id, name, actor_kind, actor_id, actor_name, token_digest, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET token_digest = excluded.token_digest
            """
        )
        putSetting = try prepare(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        )
    }
}
