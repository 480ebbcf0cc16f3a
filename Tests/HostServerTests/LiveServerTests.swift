import DocumentModel
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import PluginHost
import ServiceLifecycle
import TestSupport
import Testing

@testable import HostServer

/// The server on a real socket.
@Suite(.timeLimit(.minutes(1)))
struct LiveServerTests {
    private func makeHost() async throws -> Host {
        let host = Host(
            store: MemoryStore(),
            transport: FakeTransport(),
            configuration: HostConfiguration(publicURL: "http://localhost", version: "0"),
            logger: Self.quiet
        )
        try await host.start()
        _ = try await host.ensureAdministrator(token: API.token)
        return host
    }

    /// Runs a test against a server on a free port.
    private func withServer(
        logger: Logger = Self.quiet,
        _ test: @Sendable @escaping (Int) async throws -> Void
    ) async throws {
        let host = try await makeHost()
        let (ports, report) = AsyncStream<Int>.makeStream()
        let server = try HTTPServer(host: host, address: "127.0.0.1", port: 0, logger: logger) { report.yield($0) }
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await server.run() }
            try await test(try #require(await ports.first { _ in true }))
            tasks.cancelAll()
        }
    }

    /// Sends bytes on a connection of their own and takes what comes until the server closes it.
    private func exchange(_ bytes: String, _ port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: bytes))
            var received = ""
            for try await part in inbound { received += String(buffer: part) }
            return received
        }
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func itReportsItsPortAndStopsGracefully() async throws {
        let host = try await makeHost()
        let (ports, report) = AsyncStream<Int>.makeStream()
        let server = try HTTPServer(host: host, address: "127.0.0.1", port: 0, logger: Self.quiet) { report.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [server], logger: Self.quiet))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await ports.first { _ in true })
            #expect(port > 0)
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                let response = try await client.get("/healthz")
                #expect(response.status == .ok)
                #expect(response.headers[.server] == "pluginhost")
                #expect(response.headers[.date] != nil)
                let body = ByteBuffer(string: #"{"type":"note","title":"x"}"#)
                let made = try await client.post(
                    "/v1/documents",
                    headers: [.authorization: "Bearer \(API.token)", .contentType: "application/json"],
                    body: body
                )
                #expect(made.status == .created)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func whatIsNoHTTPGetsAProblem() async throws {
        try await withServer { port in
            for bytes in ["NONSENSE\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n", "GET /\u{1} HTTP/1.1\r\n\r\n"] {
                let answer = try await exchange(bytes, port)
                #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
                #expect(answer.contains("\"code\":\"invalid-parameter\""), "\(answer)")
            }
        }
    }

    @Test func aBodyIsAwaitedAfterAContinue() async throws {
        try await withServer { port in
            let head =
                "POST /v1/documents HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-type: application/json\r\nauthorization: Bearer \(API.token)\r\n"
            let small = try await exchange(
                head + "content-length: 27\r\n\r\n{\"type\":\"note\",\"title\":\"x\"}\n",
                port
            )
            #expect(small.hasPrefix("HTTP/1.1 100 Continue\r\n"), "\(small)")
            #expect(small.contains("HTTP/1.1 201 Created\r\n"), "\(small)")
            let large = try await exchange(head + "content-length: 99999999\r\n\r\n", port)
            #expect(large.hasPrefix("HTTP/1.1 413 "), "\(large)")
        }
    }

    @Test func requestsSentAtOnceAreAnsweredInTheirOrder() async throws {
        try await withServer { port in
            let answer = try await exchange(
                """
                GET /healthz HTTP/1.1\r\nhost: x\r\nx-request-id: first\r\n\r\n\
                HEAD /healthz HTTP/1.1\r\nhost: x\r\nx-request-id: second\r\n\r\n\
                GET /v1/limits HTTP/1.1\r\nhost: x\r\nx-request-id: third\r\nconnection: close\r\n\r\n
                """,
                port
            )
            let parts = answer.split(separator: "HTTP/1.1 ")
            #expect(parts.map { $0.prefix(3) } == ["200", "200", "401"])
            for (part, id) in zip(parts, ["first", "second", "third"]) {
                #expect(part.contains("x-request-id: \(id)\r\n"), "\(answer)")
            }
            // The same length is announced, but nothing follows.
            #expect(parts.dropFirst().first?.hasSuffix("\r\n\r\n") == true)
            #expect(parts.last?.contains("connection: close\r\n") == true)
        }
    }

    @Test func anOldClientIsAnsweredAndTheConnectionEnds() async throws {
        try await withServer { port in
            let answer = try await exchange("GET /healthz HTTP/1.0\r\n\r\n", port)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("connection: close\r\n"))
        }
    }

    @Test func aBodyWithoutAnAnnouncedLengthIsCutOffAtTheLimit() async throws {
        try await withServer { port in
            let chunk = String(repeating: "x", count: 1 << 20)
            let answer = try await exchange(
                "POST /v1/documents HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                    + "authorization: Bearer \(API.token)\r\ntransfer-encoding: chunked\r\n\r\n"
                    + String(repeating: "100000\r\n\(chunk)\r\n", count: 7),
                port
            )
            #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer.prefix(200))")
            #expect(answer.contains("at least"))
        }
    }

    @Test func whoHasNoTokenIsToldSoBeforeTheBody() async throws {
        try await withServer { port in
            let answer = try await exchange(
                "POST /v1/documents HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5000000\r\n\r\n",
                port
            )
            #expect(answer.hasPrefix("HTTP/1.1 401 "), "\(answer)")
        }
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_795_558_731_123, "Tue, 24 Nov 2026 22:18:51 GMT"),
        ] as [(Int64, String)]
    )
    func datesAreWrittenAsHTTPWantsThem(milliseconds: Int64, text: String) {
        #expect(HTTPDate.text(Timestamp(millisecondsSince1970: milliseconds)) == text)
    }

    @Test func logsNeverHoldTokensOrBodies() async throws {
        let lines = NIOLockedValueBox<[String]>([])
        var logger = Logger(label: "test") { _ in RecordingLogHandler(lines) }
        logger.logLevel = .trace
        try await withServer(logger: logger) { port in
            for token in [API.token, "wrong-token"] {
                _ = try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                    try await client.post(
                        "/v1/documents",
                        headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
                        body: ByteBuffer(string: #"{"type":"note","title":"a secret title"}"#)
                    )
                }
            }
        }
        let all = lines.withLockedValue { $0 }
        let requests = all.filter { $0.hasPrefix("info request") || $0.hasPrefix("debug request") }
        #expect(requests.count == 2)
        #expect(all.contains { $0.contains("status=201") && $0.contains("client=administrator") })
        #expect(all.contains { $0.hasPrefix("info request") && $0.contains("status=401") })
        for line in all {
            #expect(!line.contains(API.token) && !line.contains("wrong-token") && !line.contains("secret title"))
        }
    }
}
