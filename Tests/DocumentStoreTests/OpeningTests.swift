import DocumentModel
import Foundation
import GRDB
import PluginHost
import Testing

@testable import DocumentStore

@Suite(.timeLimit(.minutes(1)))
struct OpeningTests {
    private func expectOpening(_ fixture: StoreFixture, fails code: StoreError.Code) throws {
        let error = try #require(throws: StoreError.self) { try fixture.open() }
        #expect(error.code == code, "\(error)")
    }

    @Test func secondWriterIsRefusedWhileTheFirstIsOpen() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let error = try #require(throws: StoreError.self) { try fixture.open() }
        #expect(error.code == .locked)
        #expect(error.description.contains(fixture.path))
        #expect(error.description.contains("\(ProcessInfo.processInfo.processIdentifier)"))
        try await store.advance(Sample.document(1))
        await store.close()
        let next = try fixture.open()
        #expect(try await next.document(Sample.document(1)) != nil)
        await next.close()
    }

    @Test func storeThatIsForgottenLetsGoOfItsLock() async throws {
        let fixture = try StoreFixture()
        do {
            let store = try fixture.open()
            try await store.advance(Sample.document(1))
        }
        for _ in 0..<500 {
            if let store = try? fixture.open() {
                await store.close()
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("the lock was not released")
    }

    @Test func settingsAreThoseOfADurableStore() async throws {
        let fixture = try StoreFixture(.file)
        try await fixture.withStore { store async throws in
            try await store.advance(Sample.document(1))
            #expect(try await store.setting("journal_mode") == "wal")
            #expect(try await store.setting("synchronous") == "2")
            #expect(try await store.setting("foreign_keys") == "1")
            #expect(try await store.setting("secure_delete") == "1")
            #expect(try await store.setting("wal_autocheckpoint") == "0")
            #expect(try await store.setting("application_id") == "\(0x706C_6768)")
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.path + "-wal"))
        let migrations = try await DatabaseQueue(path: fixture.path).read { database in
            try String.fetchAll(database, sql: "SELECT identifier FROM grdb_migrations")
        }
        #expect(
            migrations == [
                "001-initial", "002-plugin-tls", "003-matching", "004-proposals", "005-secret-rotation", "006-nonces",
            ]
        )
    }

    @Test func fileOfAnotherKindIsRefusedUntouched() throws {
        let fixture = try StoreFixture()
        let text = Data("Dear Anna, this is no database. ".utf8) + Data(count: 4096)
        try text.write(to: URL(fileURLWithPath: fixture.path))
        try expectOpening(fixture, fails: .notOurs)
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.path)) == text)
    }

    @Test(arguments: [0, 7])
    func databaseOfAnotherApplicationIsRefusedUntouched(_ id: Int) async throws {
        let fixture = try StoreFixture()
        try await DatabaseQueue(path: fixture.path).write { database in
            try database.execute(sql: "CREATE TABLE recipe (name); PRAGMA application_id = \(id)")
        }
        try expectOpening(fixture, fails: .notOurs)
        let tables = try await DatabaseQueue(path: fixture.path).read { database in
            try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema")
        }
        #expect(tables == ["recipe"])
    }

    @Test func databaseOfANewerVersionIsRefused() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { _ in }
        try await DatabaseQueue(path: fixture.path).write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('999-future')")
        }
        let error = try #require(throws: StoreError.self) { try fixture.open() }
        #expect(error.code == .newerVersion)
        #expect(error.message.contains("999-future"))
        #expect(throws: StoreError.self) { try LedgerVerification(path: fixture.path) }
    }

    @Test func databaseMadeWithAnotherKeyIsRefused() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { _ in }
        let error = try #require(throws: StoreError.self) {
            try SQLiteStore(path: fixture.path, key: .random(), options: fixture.options)
        }
        #expect(error.code == .wrongKey)
        try await fixture.withStore { _ in }
    }

    @Test func missingFolderIsNamed() throws {
        let error = try #require(throws: StoreError.self) {
            try SQLiteStore(path: "/nowhere/at/all/host.sqlite", key: .random())
        }
        #expect(error.code == .cannotOpen)
        #expect(error.message.contains("/nowhere/at/all"))
    }

    @Test func keyIsMadeOnceForItsOwnerOnly() throws {
        let fixture = try StoreFixture()
        _ = try StoreKey.loadOrCreate(besides: fixture.path)
        let path = fixture.path + ".key"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let key = try StoreKey.loadOrCreate(besides: fixture.path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        #expect(!"\(key)".contains(text.dropLast()))
        // The same bytes in the environment are the same key.
        let store = try SQLiteStore(path: fixture.path, key: key, options: fixture.options)
        _ = consume store
    }

    @Test func keyFromTextIsTheKeyFromTheFile() async throws {
        let fixture = try StoreFixture()
        let key = try StoreKey.loadOrCreate(besides: fixture.path)
        try await SQLiteStore(path: fixture.path, key: key, options: fixture.options).close()
        let text = try String(contentsOfFile: fixture.path + ".key", encoding: .utf8)
        let same = try StoreKey(base64: text)
        try await SQLiteStore(path: fixture.path, key: same, options: fixture.options).close()
    }

    @Test func keyThatOthersMayReadIsRefused() throws {
        let fixture = try StoreFixture()
        _ = try StoreKey.loadOrCreate(besides: fixture.path)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: fixture.path + ".key")
        let error = try #require(throws: StoreError.self) { try StoreKey.loadOrCreate(besides: fixture.path) }
        #expect(error.code == .keyUnusable)
        #expect(error.description.contains("644"))
    }

    @Test func keyIsNotMadeForADatabaseThatHasLostIts() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { _ in }
        let error = try #require(throws: StoreError.self) { try StoreKey.loadOrCreate(besides: fixture.path) }
        #expect(error.code == .keyUnusable)
        #expect(!FileManager.default.fileExists(atPath: fixture.path + ".key"))
    }

    @Test(arguments: ["", "not base64!", "QUJD", String(repeating: "A", count: 200)])
    func malformedKeysAreRefusedWithoutRepeatingThem(_ text: String) throws {
        let error = try #require(throws: StoreError.self) { try StoreKey(base64: text) }
        #expect(error.code == .keyUnusable)
        #expect(text.isEmpty || !error.description.contains(text))
    }
}
