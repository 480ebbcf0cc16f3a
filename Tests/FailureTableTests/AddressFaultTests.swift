import JSONSchema
import TestSupport
import Testing

/// Rows of the table of faults about where plugins are, and what the search for it may cost others.
@Suite(.timeLimit(.minutes(5)))
struct AddressFaultTests {
    @Test(arguments: ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"])
    func f37CanaryIsNotReached(_ status: String) async throws {
        let canary = try HostileServer(script: HostileServer.answering(FailureTable.good))
        defer { canary.stop() }
        let script = HostileServer.answering("", status: status, headers: "location: \(canary.url)\r\n")
        try await Stage.run(.init(script: script)) { stage in
            _ = try await stage.tag("asked")
            #expect(try await stage.refusal()["kind"] == "3xx")
        }
        #expect(canary.connectionCount == 0)
    }

    /// The whole table of addresses is in CurlTests; here is that the engine asks before it registers.
    @Test func f39AndF40RegistrationIsRefused() async throws {
        let urls = [
            "http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/", "http://[::1]/",
            "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://[2002:a00:1::1]/", "http://[2001::1]/",
            "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://0.0.0.0/", "http://100.64.0.1/",
            "http://10.0.0.1/",
            "http://169.254.169.254/", "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/", "http://user@plugin.test/",
            "http://example.com@127.0.0.1/", "http://[::]/", "file:///etc/passwd", "gopher://plugin.test/",
            "dict://plugin.test/", "ftp://plugin.test/", "unix:///run/host", "http://plugin.test:22/",
            "http://plugin.test:25/", "http://plugin.test:6379/",
        ]
        try await Stage.run(.init(script: HostileServer.answering(""))) { stage in
            for url in urls {
                let manifest: JSON = ["protocol": ["1.0"], "name": "other"]
                let body: JSON = ["url": .string(url), "handshake": "skip", "manifest": manifest]
                let answer = try await stage.call("POST", "/v1/plugins", body)
                #expect(answer.status == 422, "\(url): \(answer.json)")
                // What is no URL of the web breaks the schema already.
                let code = answer.json["code"]?.stringValue ?? ""
                #expect(["plugin-url-refused", "schema-violation"].contains(code), "\(url): \(answer.json)")
                #expect(answer.json["pointer"] == "/url", "\(url): \(answer.json)")
            }
            #expect(try await stage.call("GET", "/v1/plugins").json["items"]?.arrayValue?.count == 1)
        }
    }

    /// A name server that never answers takes the time of the plugins that need it, and nobody else's.
    @Test func silentNameServerDelaysNobodyElse() async throws {
        let gate = Gate()
        var settings = Stage.Settings(script: HostileServer.answering(FailureTable.good))
        settings.timeoutMilliseconds = 900
        settings.lookup = { name, times in
            if name == "silent.test", times > 1 { gate.wait() }
            return .at("127.0.0.1")
        }
        settings.keeper = gate
        try await Stage.run(settings) { stage in
            let silent: JSON = [
                "protocol": ["1.0"], "name": "silent",
                "subscriptions": [
                    [
                        "events": ["document.changed"], "phase": "after", "match": ["types": ["plain"]],
                        "timeoutMilliseconds": 9_000,
                    ]
                ],
            ]
            let body: JSON = [
                "url": .string("http://silent.test:\(stage.server.port)/"), "handshake": "skip", "manifest": silent,
            ]
            let id = try await stage.call("POST", "/v1/plugins", body).json["id"]?.stringValue ?? ""
            #expect(try await stage.call("POST", "/v1/plugins/\(id)/enable").status == 200)
            let change: JSON = ["commands": [["op": "tag.add", "tag": "asked"]]]
            for document in try await stage.makeDocuments(40, type: "plain") {
                _ = try await stage.call("POST", "/v1/documents/\(document)/commands", change)
            }
            for number in 0..<10 {
                let answer = try await stage.tag("tag \(number)")
                #expect(answer.tags.contains("from-plugin"), "\(answer.json)")
            }
            #expect(try await stage.exchanges().allSatisfy { $0["refusal"] == nil || $0["refusal"] == .null })
        }
    }
}
