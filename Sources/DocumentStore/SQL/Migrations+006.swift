extension Migrations {
    /// 006: nonces of requests that were taken.
    static let nonces = """
        -- `digest` is SHA-256 of the client's id, a zero byte and the nonce; `expires` is in seconds since 1970.
        CREATE TABLE nonce (
            digest BLOB PRIMARY KEY,
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX nonce_by_expiry ON nonce (expires);
        -- The latest `expires` of those that were forgotten: what expires no later may be a copy.
        CREATE TABLE nonce_floor (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            expires INTEGER NOT NULL
        ) STRICT;
        """
}
