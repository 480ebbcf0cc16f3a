import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Curl

@Suite(.timeLimit(.minutes(1)))
struct NameTests {
    private static func serve(_ peer: HostileServer.Peer) {
        while peer.readRequest() != nil { peer.answer() }
    }

    /// Counts lookups; a name that begins with "hang" is answered only once the lookups are let go.
    private final class Names: Sendable {
        let asked = NIOLockedValueBox<[String: Int]>([:])
        let isReleased = NIOLockedValueBox(false)

        var lookup: NameLookup {
            NameLookup { [self] name in
                asked.withLockedValue { $0[name, default: 0] += 1 }
                while name.hasPrefix("hang"), !isReleased.withLockedValue({ $0 }) { usleep(2_000) }
                return name.hasPrefix("no") ? .failure("no such name") : .addresses([.loopback])
            }
        }

        func count(_ name: String) -> Int { asked.withLockedValue { $0[name] ?? 0 } }
        func release() { isReleased.withLockedValue { $0 = true } }
    }

    @Test func localhostOfTheSystem() async throws {
        try await withServer(script: Self.serve) { client, server in
            let response = try await client.send(
                HTTPRequest(url: "http://localhost:\(server.port)/", timeout: .seconds(10))
            )
            #expect(response.status == 200)
            #expect(response.primaryIP == "127.0.0.1")
            #expect(server.requests.first?.contains("\r\nHost: localhost:\(server.port)\r\n") == true)
        }
    }

    @Test func nameServiceThatNeverAnswersDelaysNobodyElse() async throws {
        let names = Names()
        defer { names.release() }
        let server = try HostileServer(script: Self.serve)
        defer { server.stop() }
        try await withClient(
            configure: {
                $0.lookup = names.lookup
                $0.lookupDeadline = .milliseconds(300)
                $0.lookupThreadLimit = 4
            },
            test: { client in
                let port = server.port
                _ = try await client.send(HTTPRequest(url: "http://known.test:\(port)/"))
                await withTaskGroup(of: CurlError?.self) { group in
                    for index in 0..<40 {
                        group.addTask {
                            await failure(
                                of: client,
                                HTTPRequest(url: "http://hang\(index).test:\(port)/", timeout: .seconds(10))
                            )
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(30))
                    let start = ContinuousClock.now
                    for _ in 0..<50 {
                        for url in [server.url, "http://known.test:\(port)/"] {
                            #expect(await failure(of: client, HTTPRequest(url: url, timeout: .seconds(5))) == nil)
                        }
                    }
                    #expect(ContinuousClock.now - start < .seconds(4))
                    for await error in group {
                        #expect(error?.code == .dns)
                        #expect(error?.requestWasSent == false)
                        #expect((error?.timings.dns ?? 0) > 250_000)
                        #expect((error?.timings.dns ?? 0) < 2_300_000)
                    }
                }
            }
        )
    }

    @Test func oneLookupServesAllWhoWait() async throws {
        let names = Names()
        let server = try HostileServer(script: Self.serve)
        defer { server.stop() }
        try await withClient(
            configure: { $0.lookup = names.lookup },
            test: { client in
                let url = "http://hang.test:\(server.port)/"
                await withTaskGroup(of: CurlError?.self) { group in
                    for _ in 0..<50 {
                        group.addTask { await failure(of: client, HTTPRequest(url: url, timeout: .seconds(10))) }
                    }
                    while names.count("hang.test") == 0 { try? await Task.sleep(for: .milliseconds(2)) }
                    names.release()
                    for await error in group { #expect(error == nil) }
                }
                #expect(names.count("hang.test") == 1)
            }
        )
    }

    @Test func unknownNameFails() async throws {
        let names = Names()
        try await withClient(
            configure: { $0.lookup = names.lookup },
            test: { client in
                for _ in 0..<10 {
                    let error = try #require(await failure(of: client, HTTPRequest(url: "http://no.test/")))
                    #expect(error.code == .dns)
                    #expect(error.message.contains("no.test"))
                }
                #expect(names.count("no.test") < 5)
            }
        )
    }

    @Test func requestWithLittleTimeDoesNotWaitForTheDeadlineOfNames() async throws {
        let names = Names()
        defer { names.release() }
        try await withClient(
            configure: { $0.lookup = names.lookup },
            test: { client in
                for request in [
                    HTTPRequest(url: "http://hang.test/", timeout: .milliseconds(200)),
                    HTTPRequest(url: "http://hang.test/", connectTimeout: .milliseconds(200)),
                ] {
                    let error = await failure(of: client, request)
                    #expect(error?.code == .dns)
                    #expect((error?.timings.total ?? .max) < 4_000_000)
                }
            }
        )
    }

    @Test func cancelAndShutdownWhileTheNameIsSought() async throws {
        let names = Names()
        defer { names.release() }
        var configuration = HTTPClient.Configuration()
        configuration.lookup = names.lookup
        let client = try HTTPClient(configuration)
        let request = HTTPRequest(url: "http://hang.test/", timeout: .seconds(20))
        let first = Task { await failure(of: client, request) }
        let second = Task { await failure(of: client, request) }
        while names.count("hang.test") == 0 { try await Task.sleep(for: .milliseconds(2)) }
        first.cancel()
        #expect(await first.value?.code == .cancelled)
        await client.shutdown()
        #expect(await second.value?.code == .shutDown)
    }

    /// The name means something good when it is registered and something else when it is used.
    @Test func rebindingIsRefused() async throws {
        let count = NIOLockedValueBox(0)
        var configuration = HTTPClient.Configuration()
        configuration.lookupLifetime = .zero
        configuration.lookup = NameLookup { _ in
            let isFirst = count.withLockedValue { count in
                defer { count += 1 }
                return count == 0
            }
            return .addresses([isFirst ? IPAddress(v4: 0x5db8_d70e) : .loopback])
        }
        let client = try HTTPClient(configuration)
        try await client.check(url: "http://rebind.test/")
        let error = await failure(of: client, HTTPRequest(url: "http://rebind.test/", timeout: .seconds(5)))
        #expect(error?.code == .addressRefused)
        #expect(count.withLockedValue { $0 } == 2)
        await client.shutdown()
    }

    /// Even if nobody looks at the answers of names, the socket is not opened.
    @Test func socketIsCheckedByItself() async throws {
        let server = try HostileServer(script: Self.serve)
        defer { server.stop() }
        var configuration = HTTPClient.Configuration()
        configuration.addressGuard = AddressGuard(allow: [try CIDR(parsing: "0.0.0.0/0")])
        configuration.lookup = NameLookup { _ in .addresses([.loopback]) }
        let client = try HTTPClient(configuration, socketGuard: AddressGuard())
        for url in [server.url, "http://rebind.test:\(server.port)/"] {
            let error = try #require(await failure(of: client, HTTPRequest(url: url, timeout: .seconds(5))))
            #expect(error.code == .addressRefused)
            #expect(error.message.contains("127.0.0.1"))
            #expect(!error.requestWasSent)
        }
        #expect(server.connectionCount == 0)
        await client.shutdown()
    }

    /// A new answer reaches libcurl although its own cache holds the old one for good.
    @Test func newAnswerIsUsedForNewConnections() async throws {
        let answer = NIOLockedValueBox(IPAddress.loopback)
        let server = try HostileServer { peer in
            _ = peer.readRequest()
            peer.answer(headers: "connection: close\r\n")
        }
        defer { server.stop() }
        try await withClient(
            configure: {
                $0.lookupLifetime = .zero
                $0.lookup = NameLookup { _ in .addresses([answer.withLockedValue { $0 }]) }
            },
            test: { client in
                let request = HTTPRequest(url: "http://moving.test:\(server.port)/", timeout: .seconds(5))
                for _ in 0..<3 {
                    let response = try await client.send(request)
                    #expect(response.primaryIP == "127.0.0.1")
                }
                answer.withLockedValue { $0 = IPAddress(v4: 0x7f00_0002) }
                #expect(await failure(of: client, request)?.code == .connectRefused)
                answer.withLockedValue { $0 = IPAddress(v4: 0x0a00_0001) }
                #expect(await failure(of: client, request)?.code == .addressRefused)
                answer.withLockedValue { $0 = .loopback }
                #expect(await failure(of: client, request) == nil)
            }
        )
    }
}

struct NameTableTests {
    private let name = "a.test"

    private func isUse(_ step: NameTable.Step, stale: Bool) -> Bool {
        if case .use(_, _, stale) = step { true } else { false }
    }

    private func isWait(_ step: NameTable.Step, new: Bool) -> Bool {
        if case .wait(new) = step { true } else { false }
    }

    @Test func answerAges() {
        var table = NameTable(NameTable.Settings(deadline: 50, lifetime: 100, failureLifetime: 10, limit: 10))
        #expect(isWait(table.step(for: name, now: 0), new: true))
        #expect(isWait(table.step(for: name, now: 1), new: false))
        _ = table.take(NameAnswer(name: name, answer: .addresses([.loopback])), now: 10)
        #expect(isUse(table.step(for: name, now: 109), stale: false))
        // Old answers are used while one asks anew, once.
        #expect(isUse(table.step(for: name, now: 110), stale: true))
        #expect(isUse(table.step(for: name, now: 111), stale: false))
        // A failure in between does not count.
        _ = table.take(NameAnswer(name: name, answer: .failure("server failure")), now: 112)
        #expect(isUse(table.step(for: name, now: 113), stale: true))
        #expect(isWait(table.step(for: name, now: 210), new: false))
        _ = table.take(NameAnswer(name: name, answer: .failure("server failure")), now: 211)
        if case .fail = table.step(for: name, now: 220) {} else { Issue.record("a failure is remembered") }
        #expect(isWait(table.step(for: name, now: 221), new: true))
    }

    @Test func generationChangesWithTheAnswerOnly() {
        var table = NameTable(NameTable.Settings(deadline: 50, lifetime: 100, failureLifetime: 10, limit: 10))
        func generation(_ answer: NameLookup.Answer) -> Int {
            if case .use(_, let generation, _) = table.take(NameAnswer(name: name, answer: answer), now: 0).step {
                generation
            } else {
                -1
            }
        }
        let first = generation(.addresses([.loopback]))
        #expect(generation(.addresses([.loopback])) == first)
        let second = generation(.addresses([]))
        #expect(second != first)
        #expect(generation(.addresses([.loopback])) != second)
    }

    @Test func sizeIsBounded() {
        var table = NameTable(NameTable.Settings(deadline: 50, lifetime: 1_000_000, failureLifetime: 10, limit: 100))
        for index in 0..<10_000 {
            _ = table.step(for: "n\(index).test", now: index)
            _ = table.take(NameAnswer(name: "n\(index).test", answer: .addresses([])), now: index)
            #expect(table.count <= 100)
        }
    }
}
