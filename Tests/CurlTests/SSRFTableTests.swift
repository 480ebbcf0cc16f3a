import Curl
import Foundation
import TestSupport
import Testing

/// The project's table of addresses that must be refused or allowed, if it is there: it is not part of the repository.
@Suite(.timeLimit(.minutes(1)))
struct SSRFTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let url: String
        let why: String
        let isAllowed: Bool

        var testDescription: String { "\(url) (\(why))" }

        /// The addresses that `why` gives the name, in order.
        var answers: [IPAddress] {
            guard why.contains("DNS") else { return [] }
            // A colon may end the list: "A 127.0.0.1: any bad answer …".
            return why.split { $0 == " " || $0 == "," }.compactMap { word in
                IPAddress(parsing: word.hasSuffix(":") ? word.dropLast() : word)
            }
        }
    }

    static let rows: [Row] =
        (ReferenceTable.rows("ssrf.csv", for: "the tests of refused addresses") ?? []).compactMap { row in
            row.count == 3 ? Row(url: row[0], why: row[1], isAllowed: row[2] == "allow") : nil
        }

    private static let byBehaviour: Set<String> = [
        "http://rebind.test/", "http://rebind-keepalive.test/", "http://many-a.test/", "http://self.test/",
    ]

    private static var byAddress: [Row] {
        rows.filter { !byBehaviour.contains($0.url) && !$0.url.hasPrefix("http://redirect.test/") }
    }

    @Test(.enabled(if: !rows.isEmpty)) func tableIsWhole() {
        #expect(Self.rows.count > 150)
        #expect(Self.rows.filter { $0.url.hasPrefix("http://redirect.test/") }.count == 8)
        #expect(Self.byBehaviour.isSubset(of: Self.rows.map(\.url)))
    }

    @Test(.enabled(if: !rows.isEmpty), arguments: byAddress)
    func addressIsJudged(_ row: Row) async throws {
        var configuration = HTTPClient.Configuration()
        // A name of which the table says nothing is public: then only its form can refuse it.
        let answers = row.answers.isEmpty ? [try #require(IPAddress(parsing: "93.184.215.14"))] : row.answers
        configuration.lookup = NameLookup { _ in .addresses(answers) }
        let client = try HTTPClient(configuration)
        var refusal: CurlError?
        do throws(CurlError) {
            try await client.check(url: row.url)
        } catch {
            refusal = error
        }
        if row.isAllowed {
            #expect(refusal == nil)
        } else {
            #expect(refusal?.code == .badURL || refusal?.code == .addressRefused, "\(String(describing: refusal))")
            // What is refused at registration is refused when it is used.
            let late = await failure(of: client, HTTPRequest(url: row.url, timeout: .seconds(5)))
            #expect(late?.code == refusal?.code)
            #expect(late?.requestWasSent == false)
        }
        await client.shutdown()
    }

    /// Each of these rows is an answer of the server that must be neither followed nor obeyed.
    @Test(.enabled(if: !rows.isEmpty), arguments: rows.filter { $0.url.hasPrefix("http://redirect.test/") })
    func answerIsNotFollowed(_ row: Row) async throws {
        let canary = try HostileServer { peer in while peer.readRequest() != nil { peer.answer() } }
        defer { canary.stop() }
        let answers = [
            "302-meta": ("302 Found", "location: http://169.254.169.254/\r\n"),
            "308-https": ("308 Permanent Redirect", "location: https://127.0.0.1:\(canary.port)/\r\n"),
            "301-file": ("301 Moved Permanently", "location: file:///etc/passwd\r\n"),
            "302-public": ("302 Found", "location: \(canary.url)\r\n"),
            "refresh": ("200 OK", "refresh: 0;url=\(canary.url)\r\n"),
            "421": ("421 Misdirected Request", "alt-svc: h2=\"127.0.0.1:\(canary.port)\"\r\n"),
            "h2c": ("101 Switching Protocols", "upgrade: h2c\r\nconnection: upgrade\r\n"),
            "proxy-env": ("200 OK", ""),
        ]
        let path = try #require(row.url.split(separator: "/").last.map(String.init))
        let (status, headers) = try #require(answers[path])
        let server = try HostileServer { peer in
            while peer.readRequest() != nil { peer.answer(status: status, headers: headers) }
        }
        defer { server.stop() }
        try await withClient(
            configure: { $0.lookup = NameLookup { _ in .addresses([.loopback]) } },
            test: { client in
                let request = HTTPRequest(
                    url: "http://redirect.test:\(server.port)/\(path)",
                    body: [1],
                    timeout: .seconds(5)
                )
                if path == "h2c" {
                    #expect(await failure(of: client, request)?.code == .badResponse)
                } else {
                    let response = try await client.send(request)
                    #expect(response.status == Int(status.prefix(3)))
                }
                #expect(server.requests.count == 1)
                #expect(canary.connectionCount == 0)
            }
        )
    }

    /// In a process of its own, because the environment belongs to all threads.
    @Test func proxyOfTheEnvironmentIsIgnored() async {
        await #expect(processExitsWith: .success) {
            let canary = try HostileServer { peer in while peer.readRequest() != nil { peer.answer("canary") } }
            let server = try HostileServer { peer in while peer.readRequest() != nil { peer.answer("server") } }
            for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
                setenv(name, "http://127.0.0.1:\(canary.port)", 1)
            }
            try await withClient { client in
                let response = try await client.send(HTTPRequest(url: server.url))
                precondition(response.body == Array("server".utf8))
                precondition(canary.connectionCount == 0)
            }
        }
    }
}
