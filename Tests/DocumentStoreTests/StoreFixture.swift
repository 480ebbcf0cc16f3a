import DocumentModel
import DocumentStore
import Foundation
import JSONSchema
import PluginHost
import PluginProtocol

/// Where a test's database is.
enum Storage: String, CaseIterable, Sendable {
    /// In memory as far as the system goes, without waiting for a disk.
    case memory
    /// On disk, as in production.
    case file
}

/// A folder of its own for one test; removed with the fixture.
final class StoreFixture: Sendable {
    let folder: String
    let key = StoreKey.random()
    let options: StoreOptions

    init(_ storage: Storage = .memory, options: StoreOptions = StoreOptions()) throws {
        var options = options
        var parent = NSTemporaryDirectory()
        if storage == .memory {
            options.durability = .off
            if FileManager.default.fileExists(atPath: "/dev/shm") { parent = "/dev/shm" }
        }
        self.options = options
        folder = parent + "/store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var path: String { folder + "/host.sqlite" }

    func open() throws -> SQLiteStore { try SQLiteStore(path: path, key: key, options: options) }

    /// Opens the store, and closes it whatever the body does.
    @discardableResult
    func withStore<Value>(_ body: (SQLiteStore) async throws -> Value) async throws -> Value {
        let store = try open()
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// All bytes of the database and its log.
    func bytes() throws -> Data {
        var bytes = Data()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where !name.hasSuffix(".key") {
            bytes.append(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
        }
        return bytes
    }
}

/// Makes values for tests; ids count up.
struct Sample: Sendable {
    static let anna = Actor(kind: .user, id: "usr_anna", name: "Anna Vidal")

    static func document(_ number: Int) -> DocumentID { DocumentID(high: 1, low: UInt64(number)) }
    static func plugin(_ number: Int) -> PluginID { PluginID(high: 2, low: UInt64(number)) }
    static func event(_ number: Int) -> EventID { EventID(high: 3, low: UInt64(number)) }
    static func exchange(_ number: Int) -> ExchangeID { ExchangeID(high: 4, low: UInt64(number)) }

    static func time(_ milliseconds: Int64) -> Timestamp {
        Timestamp(millisecondsSince1970: 1_795_000_000_000 + milliseconds)
    }

    /// A document at a revision.
    static func snapshot(
        _ id: DocumentID,
        revision: Int = 1,
        type: String = "note",
        tags: [String] = [],
        text: String = "Lorem ipsum"
    ) throws -> DocumentSnapshot {
        let actor: JSON = ["type": "user", "id": "usr_anna"]
        let json: JSON = [
            "id": .string(id.description), "type": .string(type), "title": .string(text),
            "revision": .number(JSONNumber(revision)), "properties": [:], "tags": .array(tags.map { .string($0) }),
            "participants": [], "blocks": [], "comments": [], "createdBy": actor,
            "createdAt": "2026-11-24T13:00:00.000Z", "updatedBy": actor, "updatedAt": "2026-11-24T13:00:00.000Z",
        ]
        return DocumentSnapshot(try Document(json: json))
    }

    static func mutation(_ tag: String) throws -> Mutation {
        try Mutation(
            json: [
                "command": ["op": "tag.add", "tag": .string(tag)], "pointer": "/tags/0", "before": nil,
                "after": .string(tag), "inverse": [["op": "tag.remove", "tag": .string(tag)]], "effects": [],
            ]
        )
    }

    static func bytes(_ mutation: Mutation) -> [UInt8] {
        var writer = JSONWriter()
        mutation.write(into: &writer)
        return writer.bytes
    }

    static func entry(
        _ document: DocumentID?,
        revision: Int? = nil,
        tag: String = "a",
        kind: LedgerEntry.Kind = .mutation,
        actor: Actor = anna,
        time: Timestamp = time(0)
    ) throws -> LedgerEntry {
        LedgerEntry(
            kind: kind,
            time: time,
            actor: actor,
            document: document,
            revision: revision,
            op: kind == .mutation ? "tag.add" : nil,
            payload: kind == .mutation ? bytes(try mutation(tag)) : Array(#"{"reason":"x"}"#.utf8)
        )
    }

    static func exchange(_ number: Int, plugin: PluginID, document: DocumentID? = nil) -> ExchangeRecord {
        ExchangeRecord(
            id: exchange(number),
            plugin: plugin,
            pluginName: "spellcheck",
            pluginVersion: "1.2.0",
            document: document,
            revision: document == nil ? nil : 1,
            phase: document == nil ? nil : .after,
            events: [ExchangeRecord.EventReference(id: event(number), type: .documentChanged)],
            time: time(Int64(number))
        )
    }

    static func plugin(_ number: Int, name: String, secret: WebhookSecret? = nil) throws -> Plugin {
        Plugin(
            id: plugin(number),
            url: try PluginURL(parsing: "http://127.0.0.1:9000/\(number)"),
            name: name,
            manifest: try Manifest(json: ["protocol": ["1.0"], "name": .string(name), "version": "1.2.0"]),
            scopes: [.blocksWrite, .tagsWrite],
            secrets: SigningSecrets(secret.map { [SigningSecret($0, createdAt: time(1))] } ?? []),
            createdAt: time(1),
            updatedAt: time(2)
        )
    }
}

extension SQLiteStore {
    /// Writes without looking at a document.
    func write(_ change: @escaping @Sendable (inout Writes) throws -> Void) async throws {
        try await write(document: nil) { _ in
            var writes = Writes()
            try change(&writes)
            return (writes, ())
        }
    }

    /// Makes a document, or its next revision, with one mutation in the ledger.
    @discardableResult
    func advance(_ id: DocumentID, tag: String = "a", tags: [String] = [], type: String = "note") async throws -> Int {
        try await write(document: id) { latest in
            let revision = (latest?.document.revision ?? 0) + 1
            var writes = Writes()
            writes.head = try Sample.snapshot(id, revision: revision, type: type, tags: tags)
            writes.entries = [try Sample.entry(id, revision: revision, tag: tag)]
            return (writes, revision)
        }
    }
}

/// An error that a decision throws.
struct Refused: Error {}
