import Curl
import Foundation
import TestSupport
import Testing

/// TLS against `openssl s_server`, where the machine has it.
@Suite(.timeLimit(.minutes(1)), .enabled(if: OpenSSL.isHere))
struct TLSTests {
    private func get(
        _ authority: TLSTestAuthority,
        certificate: String,
        options: [String] = [],
        settings: (TLSTestAuthority) -> TLSSettings? = { TLSSettings(authorities: .file($0.path("ca.pem"))) }
    ) async throws -> Result<HTTPResponse, CurlError> {
        let server = try OpenSSL.Server(authority, certificate: certificate, options: options)
        defer { server.stop() }
        var outcome: Result<HTTPResponse, CurlError>?
        try await withClient { client in
            let url = "https://localhost:\(server.port)/"
            let request = HTTPRequest(method: "GET", url: url, timeout: .seconds(10), tls: settings(authority))
            do throws(CurlError) {
                outcome = .success(try await client.send(request))
            } catch {
                outcome = .failure(error)
            }
        }
        return try #require(outcome)
    }

    @Test func authorityByFileOrBytesIsTrusted() async throws {
        let authority = try TLSTestAuthority()
        try authority.issue("good", name: "localhost")
        let byFile = try await get(authority, certificate: "good").get()
        #expect(byFile.status == 200)
        #expect(byFile.timings.tls > 0)
        let text = try Data(contentsOf: URL(fileURLWithPath: authority.path("ca.pem")))
        let byBytes = try await get(authority, certificate: "good") { _ in TLSSettings(authorities: .bytes(Array(text)))
        }
        #expect(try byBytes.get().status == 200)
    }

    @Test(arguments: ["unknown authority", "wrong name", "expired", "TLS 1.1", "no client certificate"])
    func badPeerIsRefusedBeforeAnythingIsSent(_ fault: String) async throws {
        let authority = try TLSTestAuthority()
        try authority.issue(
            "server",
            name: fault == "wrong name" ? "elsewhere.test" : "localhost",
            fault: fault == "expired" ? .expired : .none
        )
        let options =
            switch fault {
            // OpenSSL 3 has the old version at its lowest security level only.
            case "TLS 1.1": ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
            case "no client certificate": ["-Verify", "1", "-verify_return_error", "-tls1_2"]
            default: [String]()
            }
        let outcome = try await get(authority, certificate: "server", options: options) {
            fault == "unknown authority" ? nil : TLSSettings(authorities: .file($0.path("ca.pem")))
        }
        guard case .failure(let error) = outcome else {
            Issue.record("the connection was made")
            return
        }
        #expect(error.code == .tls, "\(error)")
        #expect(!error.requestWasSent)
    }

    @Test func clientCertificateIsShown() async throws {
        let authority = try TLSTestAuthority()
        try authority.issue("server", name: "localhost")
        try authority.issue("client", name: "client.test")
        let options = ["-Verify", "1", "-verify_return_error", "-CAfile", authority.path("ca.pem")]
        let outcome = try await get(authority, certificate: "server", options: options) {
            TLSSettings(
                authorities: .file($0.path("ca.pem")),
                certificate: .file($0.path("client.pem")),
                key: .file($0.path("client.key"))
            )
        }
        #expect(try outcome.get().status == 200)
    }

    @Test func endOfTheCertificateIsToldOnAConnectionOfItsOwn() async throws {
        let authority = try TLSTestAuthority()
        try authority.issue("good", name: "localhost")
        let server = try OpenSSL.Server(authority, certificate: "good", options: [])
        defer { server.stop() }
        try await withClient { client in
            var request = HTTPRequest(
                method: "GET",
                url: "https://localhost:\(server.port)/",
                timeout: .seconds(10),
                tls: TLSSettings(authorities: .file(authority.path("ca.pem")))
            )
            #expect(try await client.send(request).certificateEnd == nil)
            request.opensConnection = true
            let end = try #require(try await client.send(request).certificateEnd)
            // It was issued for a day just now.
            #expect(abs(Double(end) - Date.now.timeIntervalSince1970 - 86_400) < 120)
            request.opensConnection = false
            #expect(try await client.send(request).certificateEnd == nil)
        }
    }

    /// Trust given to one request must not reach another.
    @Test func connectionsAreNotSharedBetweenSettings() async throws {
        let authority = try TLSTestAuthority()
        try authority.issue("good", name: "localhost")
        let server = try OpenSSL.Server(authority, certificate: "good", options: [])
        defer { server.stop() }
        try await withClient { client in
            let url = "https://localhost:\(server.port)/"
            let trusting = HTTPRequest(
                method: "GET",
                url: url,
                timeout: .seconds(10),
                tls: TLSSettings(authorities: .file(authority.path("ca.pem")))
            )
            let plain = HTTPRequest(method: "GET", url: url, timeout: .seconds(10))
            for _ in 0..<3 {
                #expect(await failure(of: client, trusting) == nil)
                #expect(await failure(of: client, plain)?.code == .tls)
            }
        }
    }

    @Test func handshakeThatNeverEndsIsAConnectTimeout() async throws {
        try await withServer { peer in
            peer.waitForEnd()
        } test: { client, server in
            let url = "https://127.0.0.1:\(server.port)/"
            let request = HTTPRequest(url: url, body: [1], timeout: .seconds(10), connectTimeout: .milliseconds(300))
            // Those that wait for the first connection, in case it speaks HTTP/2, are bound by the same time.
            await withTaskGroup(of: CurlError?.self) { group in
                for _ in 0..<4 { group.addTask { await failure(of: client, request) } }
                for await error in group {
                    #expect(error?.code == .connectTimeout)
                    #expect(error?.requestWasSent == false)
                    #expect((error?.timings.total ?? 0) < 2_300_000)
                    #expect((error?.timings.connect ?? 0) + (error?.timings.tls ?? 0) > 200_000)
                }
            }
        }
    }
}
