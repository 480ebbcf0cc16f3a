extension Migrations {
    /// 004: answers that come later, and proposals.
    static let proposals = """
        -- Exchanges whose plugin said that its answer comes later; a row goes away when its time is over.
        CREATE TABLE deferred (
            exchange TEXT PRIMARY KEY,
            plugin TEXT NOT NULL,
            subscription INTEGER NOT NULL,
            document TEXT NOT NULL,
            revision INTEGER,
            expires INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            answered INTEGER NOT NULL CHECK (answered IN (0, 1)),
            hop INTEGER NOT NULL,
            actor TEXT NOT NULL,
            causes TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deferred_by_expiry ON deferred (expires);

        -- Commands of plugins that a person decides about. Kept after the decision.
        CREATE TABLE proposal (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            exchange TEXT NOT NULL,
            plugin TEXT NOT NULL,
            document TEXT NOT NULL,
            revision INTEGER NOT NULL,
            state TEXT NOT NULL,
            origin TEXT NOT NULL,
            time INTEGER NOT NULL,
            hop INTEGER NOT NULL,
            plugin_name TEXT NOT NULL,
            causes TEXT NOT NULL,
            conflict TEXT,
            warnings TEXT NOT NULL,
            decision TEXT,
            commands TEXT NOT NULL
        ) STRICT;
        CREATE INDEX proposal_by_document ON proposal (document);
        CREATE INDEX proposal_by_plugin ON proposal (plugin);
        CREATE INDEX proposal_open ON proposal (state) WHERE state = 'open';
        """
}
