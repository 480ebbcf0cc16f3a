import JSONSchema
import NIOConcurrencyHelpers
import PluginProtocol
import TestSupport
import Testing

/// Rows of the table of faults about exchanges beside and after each other.
@Suite(.timeLimit(.minutes(5)))
struct LoadFaultTests {
    @Test func f28AnswerMovesPastAnEdit() async throws {
        var settings = Stage.Settings(script: { peer in
            while let request = peer.readRequest() {
                peer.waitForGate()
                let block = request.firstRange(of: "blk_").map { String(request[$0.lowerBound...].prefix(30)) } ?? ""
                let command = #"{"op":"text.insert","target":{"block":"\#(block)"},"start":5,"text":"!"}"#
                let isFirst = peer.server.requests.count == 1
                let body = isFirst ? FailureTable.answer(#""commands":[\#(command)]"#) : ""
                peer.answer(body, headers: "content-type: application/json\r\n")
            }
        })
        settings.phase = .after
        try await Stage.run(settings) { stage in
            stage.beside {
                try await stage.until { stage.server.requests.count == 1 }
                let block = try await stage.read()["blocks"]?.arrayValue?.first?["id"] ?? .null
                let edit: JSON = ["op": "text.insert", "target": ["block": block], "start": 0, "text": "XX"]
                let path = "/v1/documents/\(stage.document)/commands"
                let status = try await stage.call("POST", path, ["commands": [edit]]).status
                #expect(status == 200)
                stage.server.openGate()
            }
            _ = try await stage.tag("asked")
            let text = try await stage.read()["blocks"]?.arrayValue?.first?["text"]?.stringValue ?? ""
            #expect(text.hasPrefix("XXLorem! ipsum"), "\(text.prefix(40))")
        }
    }

    /// A to A; A to B to A and calls back into the API are in PluginHostTests.
    @Test func f30LoopIsCut() async throws {
        var settings = Stage.Settings(script: { peer in
            while peer.readRequest() != nil {
                let tag = "loop \(peer.server.requests.count)"
                let body = FailureTable.answer(#""commands":[{"op":"tag.add","tag":"\#(tag)"}]"#)
                peer.answer(body, headers: "content-type: application/json\r\n")
            }
        })
        settings.phase = .after
        settings.echo = true
        try await Stage.run(settings) { stage in
            let answer = try await stage.tag("asked")
            #expect(answer.json["settled"] == true)
            #expect(stage.server.requests.count == Limits.default.hops + 1)
            let cut = try await stage.exchanges().filter { $0["outcome"] == "skipped" }
            #expect(cut.count == 1)
            #expect(cut.first?["refusal"]?["rule"] == "hops")
            let entries = try await stage.call("GET", "/v1/audit?kind=exchange.skipped").json["items"]?.arrayValue
            #expect(entries?.count == 1)
            // The host is as quick as ever.
            #expect(try await stage.call("GET", "/readyz").status == 200)
        }
    }

    @Test func f32HangingPluginKeepsToItsPlaces() async throws {
        var settings = Stage.Settings(script: HostileServer.stalling())
        settings.timeoutMilliseconds = 2_000
        settings.limits.exchangesAtOnce = 2
        settings.limits.breakerCalls = 4
        try await Stage.run(settings) { stage in
            let others = try await stage.makeDocuments(1, type: "plain")
            let documents = try await stage.makeDocuments(12)
            let most = NIOLockedValueBox(0)
            stage.beside {
                try await stage.until { !stage.server.requests.isEmpty }
                // Well before the first of them can have given its place back.
                let end = ContinuousClock.now + .seconds(1)
                while true {
                    let seen = stage.server.requests.count
                    guard ContinuousClock.now < end else { break }
                    most.withLockedValue { $0 = max($0, seen) }
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            stage.beside {
                // Whom the plugin does not concern, it does not delay.
                for number in 0..<20 { _ = try await stage.tag("tag \(number)", on: others[0]) }
            }
            try await stage.tag(documents[...])
            #expect(most.withLockedValue { $0 } <= 2)
            var kinds: [String] = []
            for document in documents {
                kinds += try await stage.exchanges(document).compactMap { $0["refusal"]?["kind"]?.stringValue }
            }
            // Some hung; some waited until there was no time left; all later ones are spared by the breaker.
            #expect(kinds.contains("headers-late"), "\(kinds)")
            _ = try await stage.tag("asked")
            _ = try await stage.tag("asked again")
            _ = try await stage.tag("asked once more")
            #expect(try await stage.refusal()["kind"] == "breaker-open", "\(kinds)")
        }
    }

    @Test(arguments: ["500 Failed", "410 Gone", "429 Too Many Requests", "302 Found"])
    func f60WorkBehindAFailureGoesOn(_ status: String) async throws {
        let fields = "retry-after: 99999999999\r\nlocation: http://169.254.169.254/\r\n"
        var settings = Stage.Settings(script: HostileServer.answering("", status: status, headers: fields))
        settings.phase = .after
        settings.limits.exchangesAtOnce = 1
        try await Stage.run(settings) { stage in
            let documents = try await stage.makeDocuments(3)
            for document in documents {
                for tag in ["one", "two"] { _ = try await stage.tag(tag, on: document) }
            }
            // Once each, in order, without a second try.
            #expect(stage.server.requests.count == 6)
            for document in documents {
                let exchanges = try await stage.exchanges(document)
                #expect(exchanges.count == 2)
                for exchange in exchanges {
                    #expect(stage.sightings(of: exchange["id"]?.stringValue ?? "") == 1)
                    #expect(exchange["outcome"] == "failed")
                }
            }
        }
    }
}
