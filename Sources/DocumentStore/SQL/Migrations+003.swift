extension Migrations {
    /// 003: why plugins were asked or not.
    static let matching = """
        -- Of the first mutation of a revision: the registry's generation in which plugins were found that want its
        -- events, as an integer; as JSON where more has to be said (see RecordedMatching+column.swift). The row is
        -- written anyway, so that this costs two bytes.
        ALTER TABLE entry ADD COLUMN matching ANY;
        -- The same for `before` exchanges, since the change that they are about may never be stored.
        ALTER TABLE exchange ADD COLUMN matching ANY;

        -- What each plugin was, from each generation of the registry that changed it until the next that did.
        -- `state` and `manifest` are NULL from when it was deleted.
        CREATE TABLE plugin_version (
            plugin TEXT NOT NULL,
            generation INTEGER NOT NULL,
            name TEXT NOT NULL,
            state TEXT,
            manifest TEXT,
            PRIMARY KEY (plugin, generation)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX plugin_version_by_generation ON plugin_version (generation);
        INSERT INTO plugin_version (plugin, generation, name, state, manifest)
            SELECT id, 1, name, state, manifest FROM plugin;
        """
}
