import Curl
import Foundation
import PluginProtocol
import Testing

@testable import HostCommand

/// Checks real programs over HTTP.
@Suite(.timeLimit(.minutes(1))) struct PluginCheckTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Starts a program that says where it listens, and checks it.
    private static func findings(
        _ arguments: [String],
        knows secret: WebhookSecret,
        signedWith other: WebhookSecret? = nil
    ) async throws
        -> [CheckFinding]
    {
        let log = FileManager.default.temporaryDirectory.appendingPathComponent("check-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let child = try ChildProcess(
            "plugin",
            program: "python3",
            arguments: arguments,
            environment: ["PLUGINHOST_PLUGIN_SECRET": secret.text],
            log: log
        )
        let http = try HTTPClient.forAnyAddress()
        let result: Result<[CheckFinding], any Error>
        do {
            let check = PluginCheck(
                url: try await child.address(),
                secret: other ?? secret,
                secretIsNew: false,
                http: http
            )
            result = .success(await check.run())
        } catch {
            result = .failure(error)
        }
        await http.shutdown()
        await child.stop()
        return try result.get()
    }

    @Test func samplePluginKeepsToTheProtocol() async throws {
        let program = Self.repository.appendingPathComponent("plugins-sample/spellcheck/spellcheck.py").path
        let findings = try await Self.findings([program, "--port", "0"], knows: .generate())
        let broken = findings.filter { $0.verdict != .kept }.map { $0.rule }
        #expect(broken == [])
        #expect(findings.count > 15)
    }

    @Test func otherSecretIsExplained() async throws {
        let program = Self.repository.appendingPathComponent("plugins-sample/spellcheck/spellcheck.py").path
        let findings = try await Self.findings([program, "--port", "0"], knows: .generate(), signedWith: .generate())
        #expect(findings.count == 1)
        #expect(findings.first?.remark.contains("401") == true)
        #expect(findings.contains { $0.isFailure })
    }

    @Test func pluginThatBelievesEverybodyIsFoundOut() async throws {
        let program = """
            import http.server, json
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                    answer = {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "x"}]}
                    if request["events"][0]["type"] == "plugin.ping":
                        manifest = {"protocol": ["1.0"], "name": "naive", "subscriptions": [{"events": ["document.created"]}]}
                        answer = {"protocol": "1.0", "challenge": request["events"][0]["data"]["challenge"], "manifest": manifest}
                    data = json.dumps(answer).encode()
                    self.send_response(200)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            print(f"listening on http://127.0.0.1:{server.server_address[1]}/", flush=True)
            server.serve_forever()
            """
        let findings = try await Self.findings(["-c", program], knows: .generate())
        let broken = findings.filter { $0.verdict == .broken }.map(\.rule)
        #expect(broken.contains("refuses a wrong signature with 401"))
        #expect(broken.contains("refuses a request signed ten minutes ago with 401"))
        #expect(broken.contains("says nothing to an event it does not know"))
        #expect(broken.contains("to document.created answers only what its manifest's scopes allow"))
        #expect(broken.contains("refuses a body that is not JSON with 400"))
    }

    @Test func nobodyThereEndsTheCheck() async throws {
        let port = try FreePort.on("127.0.0.1")
        let http = try HTTPClient.forAnyAddress()
        let findings = await PluginCheck(
            url: "http://127.0.0.1:\(port)/",
            secret: .generate(),
            secretIsNew: true,
            http: http
        ).run()
        await http.shutdown()
        #expect(findings.map(\.verdict) == [.broken])
    }
}
