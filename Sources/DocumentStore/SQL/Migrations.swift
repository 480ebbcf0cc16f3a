internal import GRDB

/// The steps that bring a database to this version of the host, oldest first.
///
/// A released one is never edited.
enum Migrations {
    /// "plgh": tells our databases from others (`PRAGMA application_id`).
    static let applicationID: Int32 = 0x706C_6768

    static let all: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("001-initial") { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: initial)
        }
        migrator.registerMigration("002-plugin-tls") { database in
            // Encrypted under the store's key, since it may hold a private key.
            try database.execute(sql: "ALTER TABLE plugin ADD COLUMN tls BLOB")
        }
        migrator.registerMigration("003-matching") { database in
            try database.execute(sql: matching)
        }
        migrator.registerMigration("004-proposals") { try $0.execute(sql: proposals) }
        migrator.registerMigration("005-secret-rotation") { database in
            try database.execute(sql: secretRotation)
        }
        migrator.registerMigration("006-nonces") { try $0.execute(sql: nonces) }
        return migrator
    }()
}
