import Curl
import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPClientTests {
    private static func serve(_ peer: HostileServer.Peer) {
        while peer.readRequest() != nil { peer.answer() }
    }

    @Test func postIsSentAndAnswered() async throws {
        try await withServer { peer in
            while peer.readRequest() != nil {
                peer.answer("{\"a\":1}", headers: "Content-Type: application/json\r\nX-Two: b\r\nx-two: c\r\n")
            }
        } test: { client, server in
            let request = HTTPRequest(
                url: server.url + "/../a?b=c",
                headers: [("X-Sent", "yes"), ("x-empty", "")],
                body: Array("hello".utf8)
            )
            let response = try await client.send(request)
            #expect(response.status == 200)
            #expect(response.version == .http11)
            #expect(response.contentType == "application/json")
            #expect(response.headers.all.filter { $0.name == "x-two" }.map(\.value) == ["b", "c"])
            #expect(response.body == Array("{\"a\":1}".utf8))
            #expect(response.primaryIP == "127.0.0.1")
            #expect(!response.connectionWasReused)
            let sent = try #require(server.requests.first)
            #expect(sent.hasPrefix("POST /hook/../a?b=c HTTP/1.1\r\n"))
            #expect(sent.hasSuffix("\r\n\r\nhello"))
            #expect(sent.contains("\r\nX-Sent: yes\r\n"))
            #expect(sent.contains("\r\nx-empty:\r\n"))
            #expect(sent.contains("\r\nContent-Length: 5\r\n"))
            let lower = sent.lowercased()
            #expect(lower.contains("\r\naccept-encoding: gzip"))
            for absent in ["expect:", "content-type:", "user-agent:", "cookie:", "transfer-encoding:", "upgrade"] {
                #expect(!lower.contains("\r\n\(absent)"), "\(absent)")
            }
        }
    }

    @Test func connectionIsReused() async throws {
        try await withServer(script: Self.serve) { client, server in
            for round in 0..<20 {
                let response = try await client.send(HTTPRequest(url: server.url, body: [1, 2, 3]))
                #expect(response.connectionWasReused == (round > 0))
            }
            #expect(server.connectionCount == 1)
            #expect(server.requests.count == 20)
        }
    }

    @Test func timingsSayWhoWasSlow() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.pause(0.3)
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{")
            peer.pause(0.3)
            peer.send("}")
            peer.waitForEnd()
        } test: { client, server in
            let timings = try await client.send(HTTPRequest(url: server.url, body: [1])).timings
            #expect(timings.wait > 290_000 && timings.wait < 2_000_000)
            #expect(timings.receive > 100_000 && timings.receive < 2_000_000)
            #expect(timings.tls == 0)
            let sum =
                timings.queue + timings.dns + timings.connect + timings.send + timings.wait + timings.receive
            #expect(abs(timings.total - sum) < 5_000)
        }
    }

    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"])
    func methods(_ method: String) async throws {
        try await withServer { peer in
            while let request = peer.readRequest() {
                // The answer to HEAD names a length over the limit, but has no body.
                peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(request.hasPrefix("HEAD") ? 2_000_000 : 0)\r\n\r\n")
            }
        } test: { client, server in
            // Each method after each other on the same handle.
            for each in [method, "POST", method, "HEAD", method, "GET", method] {
                let response = try await client.send(HTTPRequest(method: each, url: server.url, timeout: .seconds(5)))
                #expect(response.status == 200)
                #expect(server.requests.last?.hasPrefix("\(each) /hook HTTP/1.1\r\n") == true)
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test(arguments: [204, 301, 302, 307, 308, 400, 404, 421, 500, 503, 599])
    func anyStatusIsAnAnswer(_ status: Int) async throws {
        let canary = try HostileServer(script: Self.serve)
        defer { canary.stop() }
        let location = canary.url
        try await withServer { peer in
            while peer.readRequest() != nil {
                let body = status == 204 ? "" : "{}"
                let length = status == 204 ? "" : "content-length: 2\r\n"
                peer.send(
                    "HTTP/1.1 \(status) Whatever\r\nlocation: \(location)\r\nretry-after: 0\r\n\(length)\r\n\(body)"
                )
            }
        } test: { client, server in
            let response = try await client.send(HTTPRequest(url: server.url, body: [1]))
            #expect(response.status == status)
            #expect(response.headers.first("location") == location)
            #expect(server.requests.count == 1)
            #expect(canary.connectionCount == 0)
        }
    }

    @Test func informationalAnswersAreSkipped() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 103 Early Hints\r\nx-early: 1\r\n\r\n")
            peer.answer(headers: "x-late: 1\r\n")
            peer.waitForEnd()
        } test: { client, server in
            let response = try await client.send(HTTPRequest(url: server.url, body: [1]))
            #expect(response.status == 200)
            #expect(response.headers.all.map(\.name) == ["content-length", "x-late"])
        }
    }

    @Test func compressedAnswerIsRead() async throws {
        let zipped = try Program.run("/bin/sh", ["-c", "printf '{\"a\":1}' | gzip"])
        try await withServer(script: HostileServer.answering(zipped, headers: "content-encoding: gzip\r\n")) {
            client,
            server in
            let response = try await client.send(HTTPRequest(url: server.url))
            #expect(response.body == Array(#"{"a":1}"#.utf8))
        }
        try await withServer(script: HostileServer.bomb(.brotli)) { client, server in
            let response = try await client.send(HTTPRequest(url: server.url, responseLimitBytes: 20_000_000))
            #expect(response.body.count == 20_000_000)
        }
    }

    @Test func bytesAfterTheAnswerNeverReachTheNext() async throws {
        try await withServer { peer in
            while peer.readRequest() != nil {
                peer.send(
                    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"
                )
            }
        } test: { client, server in
            for _ in 0..<5 {
                let response = try await client.send(HTTPRequest(url: server.url, body: [1]))
                #expect(response.body == Array("{}".utf8))
            }
        }
    }

    /// libcurl would send such a request again by itself, on a new connection.
    @Test(arguments: [0, 1, 2_048, 200_000])
    func requestOnADyingConnectionIsSentOnce(_ size: Int) async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.answer()
            if peer.index == 0 {
                _ = peer.readRequest()
                peer.resetOnClose()
            } else {
                peer.waitForEnd()
            }
        } test: { client, server in
            let body = Array(repeating: UInt8(ascii: "x"), count: size)
            let request = HTTPRequest(url: server.url, body: body, timeout: .seconds(5))
            _ = try await client.send(request)
            let error = try #require(await failure(of: client, request))
            #expect(error.code == .sentButReset)
            #expect(error.requestWasSent)
            #expect(server.requests.count == 2)
            _ = try await client.send(request)
            #expect(server.requests.count == 3)
        }
    }

    @Test func getOnADyingConnectionIsSentOnce() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.answer()
            _ = peer.readRequest()
        } test: { client, server in
            let request = HTTPRequest(method: "GET", url: server.url, timeout: .seconds(5))
            _ = try await client.send(request)
            #expect(await failure(of: client, request)?.code == .sentButReset)
            #expect(server.requests.count == 2)
        }
    }

    @Test func connectionClosedWhileIdleIsNotUsed() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.answer()
        } test: { client, server in
            for round in 1...5 {
                let response = try await client.send(HTTPRequest(url: server.url, body: [1], timeout: .seconds(5)))
                #expect(response.status == 200)
                #expect(server.connectionCount == round)
                while server.openCount > 0 { try await Task.sleep(for: .milliseconds(2)) }
            }
        }
    }

    @Test func manyAtOnce() async throws {
        try await withServer(script: Self.serve) { client, server in
            let url = server.url
            try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<100 {
                    group.addTask {
                        for _ in 0..<20 {
                            let body = Array("\(task)".utf8)
                            let response = try await client.send(
                                HTTPRequest(url: url, body: body, timeout: .seconds(20))
                            )
                            guard response.status == 200 else { return 0 }
                        }
                        return 20
                    }
                }
                let count = try await group.reduce(0, +)
                #expect(count == 2_000)
            }
            #expect(server.requests.count == 2_000)
            #expect(server.connectionCount <= 100)
        }
    }

    /// A thousand that hang cost the others nothing.
    @Test func hangingOnesDoNotHoldUpOthers() async throws {
        let hanging = try HostileServer { peer in peer.waitForEnd() }
        defer { hanging.stop() }
        try await withServer(script: Self.serve) { client, server in
            let slow = hanging.url
            await withTaskGroup(of: Void.self) { group in
                // More than libcurl would keep connections if it were not told otherwise.
                for _ in 0..<600 {
                    group.addTask {
                        _ = await failure(of: client, HTTPRequest(url: slow, body: [1], timeout: .seconds(20)))
                    }
                }
                while hanging.connectionCount < 600 { try? await Task.sleep(for: .milliseconds(5)) }
                let start = ContinuousClock.now
                for _ in 0..<200 {
                    let error = await failure(of: client, HTTPRequest(url: server.url, body: [1], timeout: .seconds(5)))
                    #expect(error == nil)
                }
                #expect(ContinuousClock.now - start < .seconds(5))
                #expect(server.connectionCount == 1)
                group.cancelAll()
            }
        }
    }

    @Test func overloadIsRefused() async throws {
        let server = try HostileServer { $0.waitForEnd() }
        defer { server.stop() }
        try await withClient(
            configure: { $0.transferLimit = 3 },
            test: { client in
                let url = server.url
                await withTaskGroup(of: CurlError.Code?.self) { group in
                    for _ in 0..<5 {
                        group.addTask {
                            await failure(of: client, HTTPRequest(url: url, timeout: .milliseconds(300)))?.code
                        }
                    }
                    var codes: [CurlError.Code: Int] = [:]
                    for await code in group { codes[code ?? .other, default: 0] += 1 }
                    #expect(codes == [.overloaded: 2, .headersLate: 3])
                }
            }
        )
    }

    @Test func badRequestsAreRefusedBeforeAnythingIsSent() async throws {
        try await withServer(script: Self.serve) { client, server in
            let bad: [HTTPRequest] = [
                HTTPRequest(url: server.url, headers: [("x", "a\r\nevil: 1")]),
                HTTPRequest(url: server.url, headers: [("x\r\n", "a")]),
                HTTPRequest(url: server.url, headers: [("", "a")]),
                HTTPRequest(url: server.url, headers: [("x", "a\0b")]),
                HTTPRequest(url: server.url, headers: [("Content-Length", "5")]),
                HTTPRequest(url: server.url, headers: [("Transfer-Encoding", "chunked")]),
                HTTPRequest(url: server.url, headers: [("HOST", "elsewhere")]),
                HTTPRequest(method: "GET", url: server.url, body: [1]),
                HTTPRequest(method: "PO ST", url: server.url),
                HTTPRequest(method: "", url: server.url),
            ]
            for request in bad {
                let error = try #require(await failure(of: client, request))
                #expect(error.code == .badRequest, "\(error)")
                #expect(!error.requestWasSent)
            }
            #expect(await failure(of: client, HTTPRequest(url: "http://127.0.0.1:99999/"))?.code == .badURL)
            #expect(await failure(of: client, HTTPRequest(url: "http://10.0.0.1/"))?.code == .addressRefused)
            #expect(await failure(of: client, HTTPRequest(url: server.url, timeout: .zero))?.code == .connectTimeout)
            #expect(server.connectionCount == 0)
        }
    }
}
