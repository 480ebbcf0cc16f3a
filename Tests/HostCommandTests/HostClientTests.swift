import Foundation
import JSONSchema
import Testing

@testable import HostCommand

/// Calls a server that answers as each test wants.
@Suite(.timeLimit(.minutes(1))) struct HostClientTests {
    /// `/STATUS/…` is answered with the status; the content is the rest of the path, decoded.
    private static let program = """
        import http.server, urllib.parse
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                _, status, content = urllib.parse.unquote(path).split("/", 2)
                if content == "pages":
                    asked = dict(urllib.parse.parse_qsl(query))
                    content = '{"items": [3]}' if "cursor" in asked else '{"items": [1, 2], "nextCursor": "c"}'
                if content == "token":
                    content = '"' + (self.headers["authorization"] or "none") + '"'
                data = content.encode()
                self.send_response(int(status))
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(f"listening on http://127.0.0.1:{server.server_address[1]}/", flush=True)
        server.serve_forever()
        """

    private static func withServer(token: String? = nil, _ body: (HostClient) async throws -> Void) async throws {
        let log = FileManager.default.temporaryDirectory.appendingPathComponent("client-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let child = try ChildProcess(
            "server",
            program: "python3",
            arguments: ["-c", program],
            environment: [:],
            log: log
        )
        do {
            let client = try HostClient(server: try await child.address(), token: token)
            do { try await body(client) } catch {
                await client.close()
                throw error
            }
            await client.close()
        } catch {
            await child.stop()
            throw error
        }
        await child.stop()
    }

    private static func path(_ status: Int, _ content: String) -> String { "/\(status)/\(HostClient.encoded(content))" }

    @Test func answerIsJSON() async throws {
        try await Self.withServer { client in
            let object = try await client.call("GET", Self.path(200, "{\"a\": 1}"))
            #expect(object == ["a": 1])
            let nothing = try await client.call("GET", Self.path(200, ""))
            #expect(nothing == .null)
        }
    }

    @Test func tokenIsSent() async throws {
        try await Self.withServer(token: "t0ken") { client in
            let shown = try await client.call("GET", Self.path(200, "token"))
            #expect(shown == "Bearer t0ken")
        }
    }

    @Test func problemIsThrown() async throws {
        try await Self.withServer { client in
            let problem = await #expect(throws: APIProblem.self) {
                try await client.call("GET", Self.path(404, "{\"title\": \"Not found\", \"code\": \"not-found\"}"))
            }
            #expect(problem?.code == "not-found")
            #expect(problem?.status == 404)
        }
    }

    @Test(arguments: [(502, "<html>"), (200, "<html>")])
    func otherServersAreTold(status: Int, content: String) async throws {
        try await Self.withServer { client in
            let failure = await #expect(throws: CommandFailure.self) {
                try await client.call("GET", Self.path(status, content))
            }
            #expect(failure?.hint == "Is this a pluginhost?")
        }
    }

    @Test func listsAreReadToTheirEndOrLimit() async throws {
        try await Self.withServer { client in
            let all = try await client.list(Self.path(200, "pages"), limit: 10)
            #expect(all == ["items": [1, 2, 3]])
            let some = try await client.list(Self.path(200, "pages"), limit: 2)
            #expect(some == ["items": [1, 2], "nextCursor": "c"])
        }
    }

    @Test func nobodyThereSaysWhatToDo() async throws {
        let port = try FreePort.on("127.0.0.1")
        let client = try HostClient(server: "http://127.0.0.1:\(port)/", token: nil)
        let failure = await #expect(throws: CommandFailure.self) { try await client.call("GET", "/v1/plugins") }
        await client.close()
        #expect(failure?.message.hasPrefix("no host answers at http://127.0.0.1:\(port)") == true)
        #expect(failure?.hint?.contains("pluginhost serve") == true)
    }

    @Test(arguments: ["localhost:8080", "ftp://x", ""])
    func addressOfAHostIsAWebAddress(server: String) {
        #expect(throws: CommandFailure.self) { _ = try HostClient(server: server, token: nil) }
    }
}
