import Curl
import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// Cancellation and shutdown in every phase.
@Suite(.timeLimit(.minutes(1)))
struct EndingTests {
    private func cancelled(
        after wait: @escaping @Sendable (HostileServer) async -> Void,
        script: @escaping @Sendable (HostileServer.Peer) -> Void
    ) async throws {
        try await withServer(script: script) { client, server in
            let request = HTTPRequest(url: server.url, body: [1, 2, 3], timeout: .seconds(20))
            let task = Task { await failure(of: client, request) }
            await wait(server)
            let start = ContinuousClock.now
            task.cancel()
            let error = try #require(await task.value)
            #expect(error.code == .cancelled)
            #expect(ContinuousClock.now - start < .seconds(4))
            // The handle is freed and its connection closed.
            for _ in 0..<200 where server.openCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(server.openCount == 0)
        }
    }

    @Test func cancelWhileWaitingForTheHeader() async throws {
        try await cancelled { server in
            while server.requests.isEmpty { try? await Task.sleep(for: .milliseconds(2)) }
        } script: { peer in
            _ = peer.readRequest()
            peer.waitForEnd()
        }
    }

    @Test func cancelWhileTheBodyComes() async throws {
        try await cancelled { server in
            while server.requests.isEmpty { try? await Task.sleep(for: .milliseconds(2)) }
            try? await Task.sleep(for: .milliseconds(50))
        } script: { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
            while peer.send(" ") { peer.pause(0.01) }
        }
    }

    @Test func cancelBeforeTheJobStarts() async throws {
        try await withServer { peer in
            peer.waitForEnd()
        } test: { client, server in
            let request = HTTPRequest(url: server.url, timeout: .seconds(20))
            for _ in 0..<200 {
                let error = await withTaskGroup(of: CurlError?.self) { group in
                    group.cancelAll()
                    group.addTask { await failure(of: client, request) }
                    return await group.next() ?? nil
                }
                #expect(error?.code == .cancelled)
                #expect(error?.requestWasSent == false)
            }
            #expect(server.connectionCount == 0)
        }
    }

    @Test func cancelAtAnyMoment() async throws {
        try await withServer { peer in
            while peer.readRequest() != nil { peer.answer() }
        } test: { client, server in
            let request = HTTPRequest(url: server.url, body: [1], timeout: .seconds(20))
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<500 {
                    group.addTask {
                        let task = Task { await failure(of: client, request) }
                        try? await Task.sleep(for: .microseconds(index * 7 % 900))
                        task.cancel()
                        let error = await task.value
                        #expect(error == nil || error?.code == .cancelled, "\(String(describing: error))")
                    }
                }
            }
            #expect(await failure(of: client, request) == nil)
        }
    }

    @Test func shutdownInMidFlight() async throws {
        let server = try HostileServer { peer in
            _ = peer.readRequest()
            peer.waitForEnd()
        }
        defer { server.stop() }
        var configuration = HTTPClient.Configuration()
        configuration.addressGuard = AddressGuard(allow: [try CIDR(parsing: "127.0.0.0/8")])
        let client = try HTTPClient(configuration)
        let request = HTTPRequest(url: server.url, timeout: .seconds(20))
        let tasks = (0..<20).map { _ in Task { await failure(of: client, request) } }
        while server.requests.count < 20 { try await Task.sleep(for: .milliseconds(2)) }
        async let first: Void = client.shutdown()
        async let second: Void = client.shutdown()
        _ = await (first, second)
        for task in tasks {
            let error = await task.value
            #expect(error?.code == .shutDown)
            #expect(error?.requestWasSent == true)
        }
        for _ in 0..<200 where server.openCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.openCount == 0)
        let late = await failure(of: client, request)
        #expect(late?.code == .shutDown)
        #expect(late?.requestWasSent == false)
        await client.shutdown()
    }

    @Test func clientThatIsForgottenEndsItsThread() async throws {
        let before = Self.threadCount(named: "curl-forgotten")
        for _ in 0..<10 { _ = try HTTPClient() }
        for _ in 0..<400 where Self.threadCount(named: "curl") > before + 8 {
            try await Task.sleep(for: .milliseconds(5))
        }
        // Other tests run beside this one, so only a rough count can be made.
        #expect(Self.threadCount(named: "curl") < before + 60)
    }

    private static func threadCount(named name: String) -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.count { id in
            let text = try? String(contentsOfFile: "/proc/self/task/\(id)/comm", encoding: .utf8)
            return text == name + "\n"
        }
    }
}
