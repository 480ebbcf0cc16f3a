extension Migrations {
    /// 001: everything that the main job needs.
    ///
    /// Times are milliseconds since 1970. Identifiers are text, so that people can ask questions with the `sqlite3` tool. Wide columns
    /// stand last, since SQLite reads a row from its start. Each index is paid for by every change: there are few, and they are partial where a
    /// column is often empty.
    static let initial = """
        -- The latest revision of each document. `head` is the JSON that the API shows. `last_entry` and
        -- `last_exchange` start chains, along `previous`, through all that concerns the document: an index by
        -- document would touch another page for each document in a commit, and this row is written anyway.
        CREATE TABLE document (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            type TEXT NOT NULL,
            revision INTEGER NOT NULL CHECK (revision > 0),
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
            last_entry INTEGER,
            last_exchange INTEGER,
            head TEXT NOT NULL
        ) STRICT;
        CREATE INDEX document_by_type ON document (type) WHERE deleted = 0;

        CREATE TABLE tag (
            tag TEXT NOT NULL,
            document INTEGER NOT NULL REFERENCES document (key),
            PRIMARY KEY (tag, document)
        ) STRICT, WITHOUT ROWID;

        -- The ledger, which is also the store of mutations: one row for each act, in the order of commits,
        -- without gaps. `commitment` is SHA-256 over the payload and its salt (see Commitment.swift); erasing
        -- the payload leaves the row as it is.
        CREATE TABLE entry (
            seq INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            kind TEXT NOT NULL,
            actor_kind TEXT NOT NULL,
            actor_id TEXT NOT NULL,
            plugin TEXT,
            document TEXT,
            previous INTEGER,
            revision INTEGER,
            exchange TEXT,
            event TEXT,
            cause TEXT,
            op TEXT,
            commitment BLOB NOT NULL CHECK (length(commitment) = 32)
        ) STRICT;
        -- The ends of chains, and what concerns documents that were never made.
        CREATE INDEX entry_by_document ON entry (document) WHERE document IS NOT NULL AND previous IS NULL;
        CREATE INDEX entry_by_plugin ON entry (plugin) WHERE plugin IS NOT NULL;
        CREATE INDEX entry_by_exchange ON entry (exchange) WHERE exchange IS NOT NULL;
        -- What plugins did is found by their id in `plugin`, which the host always fills in for them.
        CREATE INDEX entry_by_actor ON entry (actor_id) WHERE actor_kind <> 'plugin';

        CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
            BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry
            BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

        -- What may have to be erased one day: contents and names of people.
        CREATE TABLE payload (
            seq INTEGER PRIMARY KEY REFERENCES entry (seq),
            salt BLOB NOT NULL,
            actor_name TEXT,
            body TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER payload_is_never_changed BEFORE UPDATE ON payload
            BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

        -- One row for each request to a plugin. `outcome` is NULL while it is under way.
        CREATE TABLE exchange (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            plugin TEXT NOT NULL,
            document TEXT,
            previous INTEGER,
            phase TEXT,
            revision INTEGER,
            time INTEGER NOT NULL,
            outcome TEXT,
            status INTEGER,
            mutations INTEGER NOT NULL DEFAULT 0,
            request_commitment BLOB,
            response_commitment BLOB,
            plugin_name TEXT NOT NULL,
            plugin_version TEXT NOT NULL,
            events TEXT NOT NULL,
            detail TEXT
        ) STRICT;
        CREATE INDEX exchange_by_plugin ON exchange (plugin);
        CREATE INDEX exchange_by_document ON exchange (document) WHERE document IS NOT NULL AND previous IS NULL;
        -- Those under way, for the next start, and those that did not go well, for people.
        CREATE INDEX exchange_of_note ON exchange (outcome)
            WHERE outcome IS NULL OR outcome NOT IN ('applied', 'nothing');

        CREATE TABLE exchange_body (
            seq INTEGER PRIMARY KEY REFERENCES exchange (seq),
            salt BLOB NOT NULL,
            request BLOB NOT NULL,
            response BLOB
        ) STRICT;

        -- Events that `after` plugins have yet to be asked about. AUTOINCREMENT: a number is never used again.
        CREATE TABLE work (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            plugin TEXT NOT NULL,
            document TEXT NOT NULL,
            subscription INTEGER NOT NULL,
            actor TEXT NOT NULL,
            events TEXT NOT NULL
        ) STRICT;

        CREATE TABLE plugin (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL UNIQUE,
            url TEXT NOT NULL,
            dialect TEXT NOT NULL,
            state TEXT NOT NULL,
            handshake TEXT NOT NULL,
            verifies_signatures INTEGER,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            scopes TEXT NOT NULL,
            manifest TEXT NOT NULL
        ) STRICT;

        -- Encrypted under the store's key; position 0 is the newest.
        CREATE TABLE plugin_secret (
            plugin TEXT NOT NULL REFERENCES plugin (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (plugin, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE plugin_state (
            plugin TEXT NOT NULL,
            document TEXT NOT NULL,
            state TEXT NOT NULL,
            PRIMARY KEY (plugin, document)
        ) STRICT;

        CREATE TABLE idempotency (
            seq INTEGER PRIMARY KEY,
            client TEXT NOT NULL,
            key TEXT NOT NULL,
            digest BLOB NOT NULL,
            status INTEGER NOT NULL,
            time INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (client, key)
        ) STRICT;

        CREATE TABLE document_type (
            name TEXT PRIMARY KEY,
            schema TEXT NOT NULL
        ) STRICT;

        CREATE TABLE api_client (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            actor_kind TEXT NOT NULL,
            actor_id TEXT NOT NULL,
            actor_name TEXT,
            token_digest BLOB NOT NULL UNIQUE,
            created_at INTEGER NOT NULL
        ) STRICT;

        -- What the store keeps about itself, such as the check of its key.
        CREATE TABLE setting (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT;
        """
}
