import Curl
import Foundation
import TestSupport
import Testing

/// Every way in which an exchange can fail, each really done on a socket.
@Suite(.timeLimit(.minutes(1)))
struct FailureTests {
    private static let body = Array(repeating: UInt8(ascii: "x"), count: 2_048)

    private func expect(
        _ code: CurlError.Code,
        sent: Bool,
        timeout: Duration = .milliseconds(400),
        limit: Int = 10_000,
        script: @escaping @Sendable (HostileServer.Peer) -> Void
    ) async throws {
        try await withServer(script: script) { client, server in
            let request = HTTPRequest(url: server.url, body: Self.body, timeout: timeout, responseLimitBytes: limit)
            let error = try #require(await failure(of: client, request))
            #expect(error.code == code, "\(error)")
            #expect(error.requestWasSent == sent, "\(error)")
            // By its own clock, with room for a machine that is busy with other tests.
            #expect(error.timings.total > 0)
            #expect(.microseconds(error.timings.total) < timeout + .seconds(2))
            // The client still works, and the bad connection is not used again.
            let next = await failure(of: client, request)
            #expect(next?.code == code)
        }
    }

    @Test func refusedConnection() async throws {
        let server = try HostileServer(accepts: false)
        let url = server.url
        server.stop()
        try await withClient { client in
            let error = try #require(await failure(of: client, HTTPRequest(url: url, timeout: .seconds(2))))
            #expect(error.code == .connectRefused)
            #expect(!error.requestWasSent)
            #expect(error.curlCode == 7)
        }
    }

    @Test func connectionThatIsNeverMade() async throws {
        let server = try FullServer()
        defer { server.stop() }
        try await withClient { client in
            let request = HTTPRequest(url: server.url, timeout: .seconds(5), connectTimeout: .milliseconds(300))
            let error = try #require(await failure(of: client, request))
            #expect(error.code == .connectTimeout)
            #expect(!error.requestWasSent)
            #expect(error.timings.connect > 200_000)
            #expect(error.timings.wait == 0)
            #expect(error.timings.total < 2_300_000)
        }
    }

    @Test func neverAnswers() async throws {
        try await expect(.headersLate, sent: true) { peer in
            _ = peer.readRequest()
            peer.waitForEnd()
        }
    }

    @Test func headersAtOneByteASecond() async throws {
        try await expect(.headersLate, sent: true) { peer in
            _ = peer.readRequest()
            peer.drip("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", interval: 1)
        }
    }

    @Test func bodyAtOneByteASecond() async throws {
        try await expect(.bodyLate, sent: true) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
            peer.drip(String(repeating: " ", count: 100), interval: 1)
        }
    }

    @Test func endlessChunks() async throws {
        try await expect(.tooLarge, sent: true, timeout: .seconds(10)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while peer.send("400\r\n" + String(repeating: "a", count: 1_024) + "\r\n") {}
        }
    }

    @Test func endlessBodyWithoutLength() async throws {
        try await expect(.tooLarge, sent: true, timeout: .seconds(10)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n\r\n")
            while peer.send(String(repeating: "a", count: 4_096)) {}
        }
    }

    @Test func announcedLengthOverTheLimit() async throws {
        try await expect(.tooLarge, sent: true, timeout: .seconds(10)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 50000000000\r\n\r\n")
            peer.waitForEnd()
        }
    }

    @Test(arguments: [CompressionBomb.gzip, .brotli, .zstd])
    func bomb(_ bomb: CompressionBomb) async throws {
        let script = HostileServer.bomb(bomb)
        #expect(bomb.bytes.count < 210_000)
        try await expect(.tooLarge, sent: true, timeout: .seconds(10), limit: 1 << 20, script: script)
    }

    @Test(arguments: ["deflate", "compress", "gzip, deflate", "x-unknown"])
    func encodingThatWasNotOffered(_ encoding: String) async throws {
        try await expect(.unsupportedEncoding, sent: true, timeout: .seconds(5)) { peer in
            _ = peer.readRequest()
            peer.answer(headers: "content-encoding: \(encoding)\r\n")
            peer.waitForEnd()
        }
    }

    @Test func brokenGzip() async throws {
        try await expect(.unsupportedEncoding, sent: true, timeout: .seconds(5)) { peer in
            _ = peer.readRequest()
            peer.answer("this is not gzip", headers: "content-encoding: gzip\r\n")
            peer.waitForEnd()
        }
    }

    @Test func bodyShorterThanItsLength() async throws {
        try await expect(.sentButReset, sent: true, timeout: .seconds(5)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}")
        }
    }

    @Test func chunksWithoutTheLast() async throws {
        try await expect(.sentButReset, sent: true, timeout: .seconds(5)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n")
        }
    }

    @Test func resetAfterTheRequest() async throws {
        try await expect(.sentButReset, sent: true, timeout: .seconds(5)) { peer in
            _ = peer.readRequest()
            peer.resetOnClose()
        }
    }

    @Test func closedAfterTheRequest() async throws {
        try await expect(.sentButReset, sent: true, timeout: .seconds(5)) { peer in _ = peer.readRequest() }
    }

    @Test(arguments: [100, 102, 103])
    func floodOfInformationalAnswers(_ status: Int) async throws {
        try await expect(.tooManyHeaders, sent: true, timeout: .seconds(10)) { peer in
            _ = peer.readRequest()
            while peer.send("HTTP/1.1 \(status) Wait\r\nlink: </a>\r\n\r\n") {}
        }
    }

    @Test func manyHeaders() async throws {
        try await expect(.tooManyHeaders, sent: true, timeout: .seconds(10)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n")
            while peer.send("x: \(String(repeating: "y", count: 1_000))\r\n") {}
        }
    }

    @Test func headerLineWithoutEnd() async throws {
        try await expect(.tooManyHeaders, sent: true, timeout: .seconds(10)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nx: ")
            while peer.send(String(repeating: "y", count: 4_096)) {}
        }
    }

    @Test func floodOfTrailers() async throws {
        try await expect(.tooManyHeaders, sent: true, timeout: .seconds(10)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
            while peer.send("x: y\r\n") {}
        }
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9\r\n", "\r\n\r\n", "{}", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/7.3 200 OK\r\n\r\n"])
    func answerThatIsNotHTTP(_ answer: String) async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send(answer)
        } test: { client, server in
            let error = try #require(await failure(of: client, HTTPRequest(url: server.url, timeout: .seconds(5))))
            #expect(error.code == .badResponse || error.code == .sentButReset, "\(error)")
            #expect(error.requestWasSent)
        }
    }

    @Test func switchToAnotherProtocol() async throws {
        try await expect(.badResponse, sent: true, timeout: .seconds(5)) { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n")
            peer.waitForEnd()
        }
    }

    @Test func peerThatReadsNothing() async throws {
        try await withServer { peer in
            peer.pause(10)
        } test: { client, server in
            let body = Array(repeating: UInt8(ascii: "x"), count: 32 << 20)
            let request = HTTPRequest(url: server.url, body: body, timeout: .milliseconds(500))
            let error = try #require(await failure(of: client, request))
            #expect(error.code == .headersLate)
            #expect(error.requestWasSent)
            #expect(error.timings.send > 300_000)
            #expect(error.timings.wait == 0)
        }
    }
}
