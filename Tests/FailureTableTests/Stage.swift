import Curl
import DocumentStore
import Foundation
import HostServer
import JSONSchema
import Logging
import NIOConcurrencyHelpers
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@testable import HostCommand

/// A whole host on real sockets, HTTP API, engine, SQLite and libcurl, with one plugin that is a hostile server.
struct Stage: Sendable {
    /// Where the plugin is.
    enum Place: Sendable {
        /// At the server's address.
        case address
        /// At the server's port under a name that the case's lookup knows.
        case name(String)
        /// Where nobody listens.
        case closedPort
        /// Where nobody is connected any more.
        case fullServer
    }

    /// What a test wants of the stage.
    struct Settings: Sendable {
        var script: HostileServer.Script
        var identity: TLSServerIdentity?
        var trust: WebhookTLS?
        var place = Place.address
        var lookup: @Sendable (_ name: String, _ times: Int) -> NameLookup.Answer = { _, _ in .at("127.0.0.1") }
        var limits = Limits()
        var phase = Phase.before
        var onFailure = FailurePolicy.skip
        var timeoutMilliseconds = 8_000
        var events = ["document.changed"]
        var scopes = ["blocks:write", "tags:write"]
        /// The parts of a document that the plugin declares to change; nil for all.
        var writes: [String]?
        /// Whether the plugin is asked about what it did itself.
        var echo = false
        /// Whether the plugin is called by TLS although its server does not speak it.
        var isSecure = false
        /// Opened at the end.
        var keeper: Gate?
    }

    let server: HostileServer
    let store: SQLiteStore
    let host: PluginHost.Host
    let plugin: String
    let document: String
    private let port: Int
    private let background = NIOLockedValueBox<[Task<Void, Never>]>([])

    private static let token = "pht_for-the-tests-only"
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let caller = Result { () throws(CurlError) in
        var configuration = HTTPClient.Configuration()
        configuration.addressGuard = AddressGuard(allow: [try CIDR(parsing: "127.0.0.0/8")])
        return try HTTPClient(configuration)
    }

    /// Sets the stage, runs the test and puts everything away; the ledger must be whole at the end.
    static func run(_ settings: Settings, _ test: @escaping @Sendable (Stage) async throws -> Void) async throws {
        try await Turnstile.stages.pass { try await runNow(settings, test) }
    }

    private static func runNow(
        _ settings: Settings,
        _ test: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        let server = try HostileServer(identity: settings.identity, script: settings.script)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            server.stop()
            try? FileManager.default.removeItem(at: folder)
        }
        let database = folder.appendingPathComponent("host.sqlite").path
        var options = StoreOptions()
        options.durability = .off
        let store = try SQLiteStore(
            path: database,
            key: .loadOrCreate(besides: database),
            options: options,
            logger: Self.quiet
        )
        let client = try makeClient(settings)
        defer { settings.keeper?.open() }
        do {
            try await run(settings, server, store, client, test)
        } catch {
            server.openGate()
            await client.shutdown()
            await store.close()
            throw error
        }
        await client.shutdown()
        await store.close()
        #expect(try LedgerVerification(path: database).problems == [])
    }

    private static func makeClient(_ settings: Settings) throws -> HTTPClient {
        let times = NIOLockedValueBox<[String: Int]>([:])
        var configuration = HTTPClient.Configuration()
        configuration.addressGuard = AddressGuard(allow: [try CIDR(parsing: "127.0.0.0/8")])
        configuration.lookupDeadline = .milliseconds(settings.timeoutMilliseconds < 1_000 ? 300 : 5_000)
        // Each call asks for the name anew.
        configuration.lookupLifetime = .microseconds(1)
        configuration.lookup = NameLookup { name in
            settings.lookup(
                name,
                times.withLockedValue { times in
                    times[name, default: 0] += 1
                    return times[name, default: 1]
                }
            )
        }
        return try HTTPClient(configuration)
    }

    private static func run(
        _ settings: Settings,
        _ server: HostileServer,
        _ store: SQLiteStore,
        _ client: HTTPClient,
        _ test: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        let closed = try ClosedPort()
        let full = try FullServer()
        defer { full.stop() }
        let scheme = settings.identity == nil && !settings.isSecure ? "http" : "https"
        let url =
            switch settings.place {
            case .address: "\(scheme)://127.0.0.1:\(server.port)/hook"
            case .name(let name): "\(scheme)://\(name):\(server.port)/hook"
            case .closedPort: closed.url
            case .fullServer: full.url
            }
        let host = PluginHost.Host(
            store: store,
            transport: CurlTransport(client: client),
            configuration: HostConfiguration(
                publicURL: "http://localhost",
                version: "0",
                limits: settings.limits,
                shutdownGrace: .milliseconds(500)
            ),
            logger: Self.quiet
        )
        try await host.start()
        _ = try await host.ensureAdministrator(token: token)
        let (ports, report) = AsyncStream<Int>.makeStream()
        let web = try HTTPServer(host: host, address: "127.0.0.1", port: 0, logger: Self.quiet) { report.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await web.run() }
            group.addTask { await host.run() }
            defer {
                host.stop()
                group.cancelAll()
            }
            let port = try #require(await ports.first { _ in true })
            let document = try await call(port, "POST", "/v1/documents", Self.document("note")).json["id"]?.stringValue
            let plugin = try await register(port, url, settings)
            let stage = Stage(
                server: server,
                store: store,
                host: host,
                plugin: plugin,
                document: try #require(document),
                port: port
            )
            try await test(stage)
            server.openGate()
            for task in stage.background.withLockedValue({ $0 }) { await task.value }
        }
    }

    private init(
        server: HostileServer,
        store: SQLiteStore,
        host: PluginHost.Host,
        plugin: String,
        document: String,
        port: Int
    ) {
        self.server = server
        self.store = store
        self.host = host
        self.plugin = plugin
        self.document = document
        self.port = port
    }

    /// Registers the plugin without contacting it, and enables it.
    ///
    /// It is asked about notes as the settings say, and in `before` with much time about documents of the type `slow`.
    private static func register(_ port: Int, _ url: String, _ settings: Settings) async throws -> String {
        let events = JSON.array(settings.events.map { .string($0) })
        var asked: JSONObject = [
            "events": events, "phase": .string(settings.phase.rawValue), "match": ["types": ["note"]],
            "timeoutMilliseconds": .number(JSONNumber(settings.timeoutMilliseconds)),
            "onFailure": .string(settings.onFailure.rawValue), "echo": .bool(settings.echo),
        ]
        if let writes = settings.writes { asked["writes"] = .array(writes.map { .string($0) }) }
        let manifest: JSON = [
            "protocol": ["1.0"], "name": "hostile", "version": "1.0.0", "description": "A plugin of a test.",
            "scopes": .array(settings.scopes.map { .string($0) }),
            "subscriptions": [
                .object(asked),
                [
                    "events": events, "phase": "before", "match": ["types": ["slow"]], "timeoutMilliseconds": 9_000,
                    "onFailure": "skip",
                ],
            ],
        ]
        var body: JSONObject = ["url": .string(url), "handshake": "skip", "manifest": manifest]
        if let trust = settings.trust {
            var writer = JSONWriter()
            trust.write(into: &writer, withKey: true)
            body["tls"] = try JSON(parsing: writer.bytes)
        }
        let made = try await call(port, "POST", "/v1/plugins", .object(body))
        #expect(made.status == 201, "\(made.json)")
        let id = try #require(made.json["id"]?.stringValue)
        let enabled = try await call(port, "POST", "/v1/plugins/\(id)/enable")
        #expect(enabled.status == 200, "\(enabled.json)")
        return id
    }

    private static func document(_ type: String) -> JSON {
        [
            "type": .string(type), "title": "Title",
            "blocks": [["type": "paragraph", "text": .string(String(repeating: "Lorem ipsum. ", count: 100))]],
        ]
    }
}

extension Stage {
    /// An answer of the API.
    struct Answer: Sendable {
        var status: Int
        var json: JSON

        /// The document in it.
        var tags: [String] { (json["document"]?["tags"]?.arrayValue ?? []).compactMap(\.stringValue) }
    }

    /// Calls the API as the administrator.
    func call(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> Answer {
        try await Self.call(port, method, path, body)
    }

    private static func call(_ port: Int, _ method: String, _ path: String, _ body: JSON? = nil) async throws -> Answer
    {
        let response = try await caller.get().send(
            HTTPRequest(
                method: method,
                url: "http://127.0.0.1:\(port)\(path)",
                headers: [("authorization", "Bearer \(token)"), ("content-type", "application/json")],
                body: body?.serialized() ?? [],
                timeout: .seconds(50),
                responseLimitBytes: 64 << 20
            )
        )
        // Exchanges show whatever plugins answered.
        let limits = JSONLimits(sizeBytes: 64 << 20, stringBytes: 64 << 20)
        return Answer(status: response.status, json: (try? JSON(parsing: response.body, limits: limits)) ?? .null)
    }

    /// Changes a document by adding a tag and waits for the reactions too.
    func tag(_ tag: String, on other: String? = nil) async throws -> Answer {
        try await call(
            "POST",
            "/v1/documents/\(other ?? document)/commands?wait=settled",
            ["commands": [["op": "tag.add", "tag": .string(tag)]]]
        )
    }

    /// The document as it is now.
    func read() async throws -> JSON { try await call("GET", "/v1/documents/\(document)").json }

    /// Makes a document and returns its id; with the type `slow` the plugin is asked about it with much time.
    func makeDocument(_ type: String) async throws -> String {
        try #require(try await call("POST", "/v1/documents", Self.document(type)).json["id"]?.stringValue)
    }

    /// The plugin's exchanges about a document, the newest first.
    func exchanges(_ other: String? = nil) async throws -> [JSON] {
        try await call("GET", "/v1/exchanges?document=\(other ?? document)&limit=1000").json["items"]?.arrayValue ?? []
    }

    /// What was wrong with the newest exchange.
    func refusal() async throws -> JSON { try await exchanges().first?["refusal"] ?? .null }

    /// Runs something beside the test; its end is awaited.
    func beside(_ body: @escaping @Sendable () async throws -> Void) {
        let task = Task { do { try await body() } catch { Issue.record(error) } }
        background.withLockedValue { $0.append(task) }
    }

    /// Waits, for 20 s at most.
    func until(_ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while !(try await condition()) {
            try #require(ContinuousClock.now < end, "waited in vain")
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// How often the plugin saw an exchange.
    func sightings(of exchange: String) -> Int { server.requests.count { $0.contains(exchange) } }
}

extension NameLookup.Answer {
    /// These addresses.
    static func at(_ addresses: String...) -> NameLookup.Answer {
        .addresses(addresses.compactMap { IPAddress(parsing: $0) })
    }
}
