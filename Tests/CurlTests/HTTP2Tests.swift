import Curl
import TestSupport
import Testing

/// HTTP/2 by TLS, and what a server can do to it.
@Suite(.timeLimit(.minutes(1)), .enabled(if: TLSServerIdentity.isAvailable))
struct HTTP2Tests {
    private static let start = #"{"protocol":"#

    /// Runs a test with a server that speaks HTTP/2, and a request that trusts it.
    private func withServer(
        script: @escaping @Sendable (HTTP2Peer, HostileServer.Peer) -> Void,
        test: (HTTPClient, HTTPRequest, HostileServer) async throws -> Void
    ) async throws {
        let authority = try TLSTestAuthority()
        try authority.issue("good", name: "localhost")
        var identity = authority.identity("good")
        identity.speaksHTTP2 = true
        let server = try HostileServer(identity: identity) { script(HTTP2Peer($0), $0) }
        defer { server.stop() }
        let request = HTTPRequest(
            url: "https://localhost:\(server.port)/hook",
            body: Array("the only one".utf8),
            timeout: .seconds(10),
            tls: TLSSettings(authorities: .bytes(try authority.authorities()))
        )
        try await withClient { client in try await test(client, request, server) }
    }

    @Test func requestsShareAConnection() async throws {
        try await withServer { http, _ in
            while let stream = http.readRequest() {
                http.sendHeader(stream)
                http.sendBody("{}", stream, isLast: true)
            }
        } test: { client, request, server in
            for _ in 0..<3 {
                let response = try await client.send(request)
                #expect(response.version == .http2)
                #expect(response.status == 200)
                #expect(response.contentType == "application/json")
                #expect(response.body == Array("{}".utf8))
            }
            #expect(server.connectionCount == 1)
            #expect(server.requests == Array(repeating: "the only one", count: 3))
        }
    }

    /// Ways to break off an exchange that the server has read the request of.
    enum Break: String, CaseIterable {
        case goAwayInTheBody, goAwayWithErrorInTheBody, goAwayThatDeniesTheRequest, refusedStream, resetInTheBody
        case closedInTheBody, connectionResetInTheBody, connectionResetBeforeTheHeader

        /// Whether only the stream breaks, so that the connection stays good for others.
        var leavesTheConnection: Bool { self == .refusedStream || self == .resetInTheBody }

        func act(_ http: HTTP2Peer, _ peer: HostileServer.Peer, _ stream: UInt32) {
            switch self {
            case .goAwayThatDeniesTheRequest:
                http.goAway(last: 0)
                return
            case .refusedStream:
                // REFUSED_STREAM, which permits the client to send the request again.
                http.reset(stream, error: 7)
                return
            case .connectionResetBeforeTheHeader:
                peer.resetOnClose()
                return
            default: break
            }
            http.sendHeader(stream)
            http.sendBody(HTTP2Tests.start, stream, isLast: false)
            switch self {
            case .goAwayInTheBody: http.goAway(last: stream)
            case .goAwayWithErrorInTheBody: http.goAway(last: stream, error: 2)
            case .resetInTheBody: http.reset(stream, error: 2)
            case .connectionResetInTheBody: peer.resetOnClose()
            default: break
            }
        }
    }

    @Test(arguments: Break.allCases, [false, true])
    func brokenExchangeIsNotSentAgain(_ fault: Break, isReused: Bool) async throws {
        try await withServer { http, peer in
            var count = 0
            while let stream = http.readRequest() {
                count += 1
                // The first connection breaks at its first or second request, later ones serve well.
                if peer.index == 0, count == (isReused ? 2 : 1) {
                    fault.act(http, peer, stream)
                    if fault.leavesTheConnection { continue } else { return }
                }
                http.sendHeader(stream)
                http.sendBody("{}", stream, isLast: true)
            }
        } test: { client, request, server in
            if isReused { #expect(try await client.send(request).status == 200) }
            let error = try #require(await failure(of: client, request))
            #expect(error.code == .sentButReset, "\(error)")
            #expect(error.requestWasSent, "\(error)")
            #expect(server.requests.count == (isReused ? 2 : 1))
            #expect(try await client.send(request).status == 200)
            #expect(server.requests.count == (isReused ? 3 : 2))
            // A broken connection is not used again.
            if !fault.leavesTheConnection { #expect(server.connectionCount == 2) }
        }
    }
}
