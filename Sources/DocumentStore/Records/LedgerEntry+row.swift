internal import DocumentModel
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

extension AuditItem {
    /// What ``init(row:)`` reads, in its order.
    static let columns = """
        entry.seq, time, kind, actor_kind, actor_id, plugin, document, revision, exchange, event, cause, op, \
        payload.actor_name, payload.body, entry.matching
        """

    static let columnCount: Int32 = 15
    static let tables = "entry LEFT JOIN payload USING (seq)"

    init(row: PreparedStatement) throws {
        let actor = Actor(kind: try storedName(row.text(3)), id: row.text(4), name: row.optionalText(12))
        self.init(
            seq: row.int64(0),
            entry: LedgerEntry(
                kind: try storedName(row.text(2)),
                time: row.timestamp(1),
                actor: actor,
                plugin: try row.optionalIdentifier(5),
                document: try row.optionalIdentifier(6),
                revision: row.optionalInt(7),
                exchange: try row.optionalIdentifier(8),
                event: try row.optionalIdentifier(9),
                cause: try row.optionalIdentifier(10),
                op: row.optionalText(11),
                payload: row.bytes(13)
            )
        )
        entry.matching = try RecordedMatching(row, 14)
    }
}

extension Head {
    /// What ``init(row:)`` reads, in its order.
    static let columns = "document.key, document.deleted, document.last_entry, document.last_exchange, document.head"

    init(row: PreparedStatement) throws {
        let bytes = row.bytes(4)
        let document: Document
        do {
            document = try Document(json: StoredJSON.read(bytes))
        } catch let error as ShapeError {
            throw StoreError(.corrupt, "the stored document with key \(row.int64(0)) cannot be read: \(error)")
        }
        self.init(
            key: row.int64(0),
            snapshot: DocumentSnapshot(document, unchecked: bytes),
            isDeleted: row.int(1) != 0,
            links: Links(entry: row.optionalInt64(2), exchange: row.optionalInt64(3))
        )
    }
}
