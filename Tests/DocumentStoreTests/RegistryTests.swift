import DocumentModel
import DocumentStore
import Foundation
import JSONSchema
import PluginHost
import PluginProtocol
import Testing

/// What a host registers and remembers besides documents.
@Suite(.timeLimit(.minutes(1)))
struct RegistryTests {
    @Test func pluginSurvivesReopeningAndItsSecretIsNeverInClear() async throws {
        let fixture = try StoreFixture(.file)
        let secrets = [WebhookSecret.generate(), WebhookSecret.generate()]
        let signing = SigningSecrets([
            SigningSecret(secrets[0], createdAt: Sample.time(2)),
            SigningSecret(secrets[1], createdAt: Sample.time(1), endsAt: Sample.time(3)),
        ])
        let hidden = "MIGHAgEAMBMGByqGSM49"
        func pem(_ label: String, _ text: String) -> [UInt8] {
            Array("-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n".utf8)
        }
        let tls = WebhookTLS(certificate: pem("CERTIFICATE", "MIIB"), key: pem("PRIVATE KEY", hidden))
        try await fixture.withStore { store async throws in
            var plugin = try Sample.plugin(1, name: "spellcheck")
            plugin.secrets = signing
            plugin.tls = tls
            plugin.verifiesSignatures = true
            plugin.state = .enabled
            plugin.handshake = .skip
            let first = plugin
            let second = try Sample.plugin(2, name: "house-style")
            try await store.write { $0.plugins = [first, second] }
        }
        try await fixture.withStore { store async throws in
            let plugins = try await store.plugins()
            #expect(plugins.map(\.name) == ["spellcheck", "house-style"])
            let plugin = try #require(plugins.first)
            #expect(plugin.secrets == signing)
            #expect(plugin.tls == tls)
            #expect(plugins.last?.tls == nil)
            #expect(plugin.verifiesSignatures == true)
            #expect(plugin.state == .enabled)
            #expect(plugin.handshake == .skip)
            #expect(plugin.scopes == [.blocksWrite, .tagsWrite])
            #expect(plugin.url.description == "http://127.0.0.1:9000/1")
            #expect(plugin.manifest.json["version"] == "1.2.0")
            #expect(plugin.createdAt == Sample.time(1))
            #expect(plugin.updatedAt == Sample.time(2))
            #expect(plugins.last?.verifiesSignatures == nil)
            #expect(plugins.last?.secrets.all == [])
            // Written again, so that the log holds it too.
            try await store.write { $0.plugins = [plugin] }
            let bytes = try fixture.bytes()
            #expect(bytes.range(of: Data("spellcheck".utf8)) != nil)
            #expect(bytes.range(of: Data(hidden.utf8)) == nil)
            for secret in secrets {
                let text = secret.text.dropFirst(WebhookSecret.prefix.count)
                #expect(bytes.range(of: Data(text.utf8)) == nil)
                #expect(bytes.range(of: try #require(Data(base64Encoded: String(text)))) == nil)
            }
            #expect(bytes.range(of: Data(WebhookSecret.prefix.utf8)) == nil)
        }
    }

    @Test func pluginsNameIsUniqueAndFreeAfterDeletion() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let first = try Sample.plugin(1, name: "a", secret: .generate())
            try await store.write { $0.plugins = [first] }
            let error = try await #require(throws: HostError.self) {
                try await store.write { $0.plugins = [try Sample.plugin(2, name: "a")] }
            }
            #expect(error.code == .nameTaken)
            try await store.write { writes in
                writes.pluginStates = [PluginState(plugin: first.id, document: Sample.document(1), state: [1])]
            }
            #expect(try await store.pluginState(first.id, Sample.document(1)) == [1])
            try await store.write { $0.pluginsDeleted = [first.id] }
            #expect(try await store.plugins().isEmpty)
            #expect(try await store.pluginState(first.id, Sample.document(1)) == nil)
            try await store.write { $0.plugins = [try Sample.plugin(2, name: "a")] }
            #expect(try await store.plugins().map(\.id) == [Sample.plugin(2)])
        }
    }

    @Test func pluginStateIsTheLastOneWritten() async throws {
        let fixture = try StoreFixture()
        let (plugin, document) = (Sample.plugin(1), Sample.document(1))
        try await fixture.withStore { store async throws in
            #expect(try await store.pluginState(plugin, document) == nil)
            #expect(try await store.pluginState(plugin, document) == nil)
            for number in 1...3 {
                try await store.write { writes in
                    let state: JSON = ["count": .number(JSONNumber(number))]
                    writes.pluginStates = [PluginState(plugin: plugin, document: document, state: state)]
                }
                #expect(try await store.pluginState(plugin, document)?["count"]?.intValue == number)
            }
            #expect(try await store.pluginState(plugin, Sample.document(2)) == nil)
        }
        try await fixture.withStore { store async throws in
            #expect(try await store.pluginState(plugin, document)?["count"]?.intValue == 3)
        }
    }

    @Test func pendingWorkSurvivesReopeningAndItsNumbersAreNotUsedAgain() async throws {
        let fixture = try StoreFixture()
        let events = [
            Event(
                id: Sample.event(1),
                type: .documentChanged,
                phase: .after,
                time: Sample.time(7),
                hop: 2,
                causes: [Sample.event(5), Sample.event(6)],
                commands: [try Command(json: ["op": "tag.add", "tag": "x"], index: 0)],
                data: ["fromRevision": 1, "revision": 2]
            ),
            Event(id: Sample.event(2), type: .blockChanged, phase: .after, time: Sample.time(8)),
        ]
        try await fixture.withStore { store async throws in
            #expect(try await store.lastWorkID() == WorkID(0))
            try await store.write { writes in
                for number in 1...3 {
                    writes.workAdded.append(
                        PendingWork(
                            id: WorkID(Int64(number)),
                            plugin: Sample.plugin(number),
                            document: Sample.document(1),
                            subscription: number,
                            actor: Sample.anna,
                            events: events,
                            bytes: 900
                        )
                    )
                }
            }
            try await store.write { $0.workRemoved = [WorkID(3), WorkID(1)] }
        }
        try await fixture.withStore { store async throws in
            let work = try await store.pendingWork()
            #expect(work.map(\.id) == [WorkID(2)])
            #expect(work.first?.events == events)
            // What the row holds; what was said when it was added does not matter any more.
            #expect(work.first.map { (200...900).contains($0.bytes) } == true)
            #expect(work.first?.plugin == Sample.plugin(2))
            #expect(work.first?.document == Sample.document(1))
            #expect(work.first?.subscription == 2)
            #expect(work.first?.actor == Sample.anna)
            #expect(try await store.lastWorkID() == WorkID(3))
        }
    }

    @Test func workIsRemovedBeforeTheSameNumberIsAdded() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            @Sendable func work(_ event: Int) -> PendingWork {
                PendingWork(
                    id: WorkID(1),
                    plugin: Sample.plugin(1),
                    document: Sample.document(1),
                    subscription: 0,
                    actor: Sample.anna,
                    events: [
                        Event(id: Sample.event(event), type: .blockChanged, phase: .after, time: Sample.time(8))
                    ],
                    bytes: 300
                )
            }
            try await store.write { $0.workAdded = [work(1)] }
            try await store.write { writes in
                writes.workRemoved = [WorkID(1)]
                writes.workAdded = [work(2)]
            }
            #expect(try await store.pendingWork().map { $0.events.map(\.id) } == [[Sample.event(2)]])
            // Merged with what came later.
            try await store.write { $0.workAdded = [work(3)] }
            #expect(try await store.pendingWork().map { $0.events.map(\.id) } == [[Sample.event(3)]])
        }
    }

    private static let day: Int64 = 24 * 60 * 60 * 1000

    private func answer(_ key: String, at time: Int64, status: Int = 201) -> IdempotentAnswer {
        IdempotentAnswer(
            client: "cli_1",
            key: key,
            digest: Array(repeating: 7, count: 32),
            status: status,
            body: Array(#"{"ok":true}"#.utf8),
            time: Sample.time(time)
        )
    }

    @Test func answerIsGivenAgainForADayToTheSameClient() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let answer = answer("k", at: 0)
            try await store.write { $0.idempotentAnswer = answer }
            let read = try await store.idempotentAnswer(client: "cli_1", key: "k", now: Sample.time(Self.day - 1))
            #expect(read?.digest == answer.digest)
            #expect(read?.status == 201)
            #expect(read?.body == answer.body)
            #expect(read?.time == answer.time)
            #expect(try await store.idempotentAnswer(client: "cli_2", key: "k", now: Sample.time(1)) == nil)
            #expect(try await store.idempotentAnswer(client: "cli_1", key: "K", now: Sample.time(1)) == nil)
            #expect(try await store.idempotentAnswer(client: "cli_1", key: "k", now: Sample.time(Self.day)) == nil)
        }
    }

    /// The key decides even when two requests race past every check in memory.
    @Test func secondChangeUnderOneKeyIsRefusedWhole() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let first = answer("k", at: 0)
            try await store.write { $0.idempotentAnswer = first }
            let second = answer("k", at: Self.day - 1, status: 500)
            let error = try await #require(throws: HostError.self) {
                try await store.write { writes in
                    writes.entries = [try Sample.entry(nil)]
                    writes.idempotentAnswer = second
                }
            }
            #expect(error.code == .requestInFlight)
            #expect(try await store.audit(AuditFilter(), page: PageRequest()).items.isEmpty)
            let third = answer("k", at: Self.day, status: 202)
            try await store.write { $0.idempotentAnswer = third }
            let read = try await store.idempotentAnswer(client: "cli_1", key: "k", now: Sample.time(Self.day))
            #expect(read?.status == 202)
        }
    }

    @Test func oldAnswersGoAwayByThemselves() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            for number in 0..<40 {
                let answer = answer("old \(number)", at: 0)
                try await store.write { $0.idempotentAnswer = answer }
            }
            for number in 0..<10 {
                let answer = answer("new \(number)", at: Self.day)
                try await store.write { $0.idempotentAnswer = answer }
            }
            let left = try await store.idempotentAnswer(client: "cli_1", key: "old 39", now: Sample.time(0))
            #expect(left == nil)
            let kept = try await store.idempotentAnswer(client: "cli_1", key: "new 0", now: Sample.time(Self.day))
            #expect(kept != nil)
        }
    }

    @Test func clientsAndDocumentTypesSurviveReopening() async throws {
        let fixture = try StoreFixture()
        let client = APIClient(
            id: "administrator",
            name: "Administrator",
            actor: Actor(kind: .client, id: "administrator", name: "Administrator"),
            tokenDigest: Array(repeating: 9, count: 32),
            createdAt: Sample.time(3)
        )
        try await fixture.withStore { store async throws in
            try await store.write { writes in
                writes.clients = [client]
                writes.documentTypes = [
                    DocumentType(name: "note", schema: true), DocumentType(name: "letter", schema: ["type": "object"]),
                ]
            }
            try await store.write { $0.documentTypes = [DocumentType(name: "note", schema: ["maxProperties": 9])] }
            let other = APIClient(
                id: "cli_other",
                name: client.name,
                actor: client.actor,
                tokenDigest: client.tokenDigest,
                createdAt: client.createdAt
            )
            let error = try await #require(throws: HostError.self) { try await store.write { $0.clients = [other] } }
            #expect(error.code == .nameTaken)
            // The same client again: its token is replaced.
            let renewed = APIClient(
                id: client.id,
                name: client.name,
                actor: client.actor,
                tokenDigest: Array(repeating: 8, count: 32),
                createdAt: client.createdAt
            )
            try await store.write { $0.clients = [renewed] }
        }
        try await fixture.withStore { store async throws in
            let clients = try await store.clients()
            #expect(clients.map(\.id) == ["administrator"])
            #expect(clients.first?.tokenDigest == Array(repeating: 8, count: 32))
            #expect(clients.first?.actor == client.actor)
            #expect(clients.first?.createdAt == client.createdAt)
            let types = try await store.documentTypes()
            #expect(types.map(\.name) == ["letter", "note"])
            #expect(types.map(\.schema) == [["type": "object"], ["maxProperties": 9]])
        }
    }
}
