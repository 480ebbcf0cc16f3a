import DocumentModel
import HTTPTypes
import HummingbirdTesting
import JSONSchema
import Logging
import NIOCore
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@testable import HostServer

/// An answer of the API, ready to be looked at.
struct Answer {
    var status: Int
    var headers: HTTPFields
    var bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSON { (try? JSON(parsing: bytes)) ?? .null }
    var code: String? { json["code"]?.stringValue }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}

/// A whole API over a store in memory and plugins that are closures.
///
/// Every answer is compared with the OpenAPI document.
struct API: Sendable {
    static let token = "pht_for-the-tests-only"

    let host: Host
    let store: MemoryStore
    let transport: FakeTransport
    let server: HTTPServer
    let port: Int
    let contract: AnswerContract

    /// Runs a test against a fresh API, reactions included.
    static func run(
        _ transport: FakeTransport = FakeTransport(),
        limits: Limits = Limits(),
        _ test: @Sendable (API) async throws -> Void
    ) async throws {
        let store = MemoryStore()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let host = Host(
            store: store,
            transport: transport,
            configuration: HostConfiguration(publicURL: "http://localhost", version: "0", limits: limits),
            logger: logger
        )
        try await host.start()
        _ = try await host.ensureAdministrator(token: token)
        let (ports, report) = AsyncStream<Int>.makeStream()
        let server = try HTTPServer(host: host, address: "127.0.0.1", port: 0, logger: logger) { report.yield($0) }
        let contract = try AnswerContract()
        try await withThrowingTaskGroup { group in
            group.addTask { await host.run() }
            group.addTask { try await server.run() }
            defer {
                host.stop()
                group.cancelAll()
            }
            try await test(
                API(
                    host: host,
                    store: store,
                    transport: transport,
                    server: server,
                    port: try #require(await ports.first { _ in true }),
                    contract: contract
                )
            )
        }
    }

    /// Calls the API as the administrator.
    func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        headers: [String: String] = [:],
        token: String? = API.token
    ) async throws -> Answer {
        try await call(method, path, bytes: body.map { Array($0.utf8) }, headers: headers, token: token)
    }

    /// Calls the API with a body of any bytes.
    func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        bytes: [UInt8]?,
        headers: [String: String] = [:],
        token: String? = API.token
    ) async throws -> Answer {
        var fields = HTTPFields()
        if let token { fields[.authorization] = "Bearer \(token)" }
        if bytes != nil { fields[.contentType] = "application/json" }
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value.isEmpty ? nil : value }
        let request = TestClient.Request(
            path,
            method: method,
            headers: fields,
            body: bytes.map { ByteBuffer(bytes: $0) }
        )
        // A connection of its own: tests call while another call waits.
        let response = try await TestClient.withClient(host: "127.0.0.1", port: port) { try await $0.execute(request) }
        let answer = Answer(
            status: response.status.code,
            headers: response.headers,
            bytes: response.body.map { Array($0.readableBytesView) } ?? []
        )
        contract.check(method, path, answer)
        return answer
    }

    /// Makes a document and returns its id.
    func document(
        _ body: String = #"{"type":"note","title":"Minutes","blocks":[{"type":"paragraph","text":"One two."}]}"#
    )
        async throws -> String
    {
        let answer = try await call(.post, "/v1/documents", body)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer.json["id"]?.stringValue)
    }

    /// Registers a plugin that is not pinged, enables it and returns its id.
    func plugin(
        named name: String,
        phase: String = "after",
        onFailure: String = "skip",
        scopes: String = #"["blocks:write","tags:write","documents:write"]"#
    ) async throws -> String {
        let manifest = """
            {"protocol":["1.0"],"name":"\(name)","version":"1.0.0","description":"For tests.","scopes":\(scopes),
             "subscriptions":[{"events":["document.created","document.changed"],"phase":"\(phase)","onFailure":"\(onFailure)"}]}
            """
        let answer = try await call(
            .post,
            "/v1/plugins",
            #"{"url":"\#(PlayedPlugin.url)","handshake":"skip","manifest":\#(manifest)}"#
        )
        #expect(answer.status == 201, "\(answer.text)")
        let id = try #require(answer.json["id"]?.stringValue)
        let enabled = try await call(.post, "/v1/plugins/\(id)/enable")
        #expect(enabled.status == 200, "\(enabled.text)")
        return id
    }
}

/// The one plugin of a test, at `http://plugin.example/hook`.
enum PlayedPlugin {
    static let url = "http://plugin.example/hook"

    /// A network in which the plugin answers as the closure says.
    static func transport(_ answer: @escaping FakeTransport.Handler) -> FakeTransport {
        let transport = FakeTransport()
        transport.handle(url, answer)
        return transport
    }

    /// A network in which the plugin always gives the same answer.
    static func answering(_ json: String) -> FakeTransport { transport { _ in WebhookReply.json(json) } }
}
