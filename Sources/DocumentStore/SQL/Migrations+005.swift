extension Migrations {
    /// 005: several secrets of a plugin, each with its time.
    static let secretRotation = """
        ALTER TABLE plugin_secret ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
        -- NULL for the newest, which has no end.
        ALTER TABLE plugin_secret ADD COLUMN ends_at INTEGER;
        UPDATE plugin_secret SET created_at = (SELECT created_at FROM plugin WHERE plugin.id = plugin_secret.plugin);
        """
}
