import JSONSchema
import TestSupport
import Testing

/// Rows of the table of faults about what is answered: JSON, schemas, commands.
@Suite(.timeLimit(.minutes(5)))
struct AnswerFaultTests {
    @Test(arguments: ["[", #"[{"":"#])
    func f13DepthIsRefusedQuicklyWithItsOffset(_ piece: String) async throws {
        let body = String(repeating: piece, count: piece == "[" ? 100_000 : 50_000)
        try await Stage.run(.init(script: HostileServer.answering(body))) { stage in
            try await Measure.best(of: 5, atMost: Measure.slowed(10_000)) {
                _ = try await stage.tag("asked")
                return try await stage.exchanges().first?["timings"]?["validate"]?.intValue
            }
            let refusal = try await stage.refusal()
            #expect(refusal["kind"] == "too-deep")
            #expect(refusal["limit"] == 64)
            #expect(refusal["message"]?.stringValue?.contains("(byte ") == true, "\(refusal)")
        }
    }

    @Test(arguments: [
        (#""state":{"a":1,"a":2}"#, "a"), (#""state":{"a":1,"\u0061":2}"#, "a"),
        (#""commands":[{"op":"tag.add","tag":"x","tag":"y"}]"#, "tag"),
    ])
    func f14RepeatedNameIsNamed(_ members: String, _ name: String) async throws {
        try await Stage.run(.init(script: HostileServer.answering(FailureTable.answer(members)))) { stage in
            _ = try await stage.tag("asked")
            let refusal = try await stage.refusal()
            #expect(refusal["kind"] == "duplicate-keys")
            #expect(refusal["message"]?.stringValue?.contains("\"\(name)\"") == true, "\(refusal)")
        }
    }

    @Test(arguments: [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0x01]] as [[UInt8]])
    func f15WrongBytesAreRefusedWithTheirOffset(_ bytes: [UInt8]) async throws {
        let start = Array(#"{"protocol":"1.0","warnings":[""#.utf8)
        let body = start + bytes + Array(#""]}"#.utf8)
        try await Stage.run(.init(script: HostileServer.answering(body))) { stage in
            _ = try await stage.tag("asked")
            let refusal = try await stage.refusal()
            #expect(refusal["message"]?.stringValue?.contains("(byte \(start.count))") == true, "\(refusal)")
            // Whoever looks for the fault is told that what is shown is not what came.
            let id = try #require(try await stage.exchanges().first?["id"]?.stringValue)
            let exchange = try await stage.call("GET", "/v1/exchanges/\(id)").json
            #expect(exchange["responseEncoding"] == .string(bytes == [0x01] ? "utf-8" : "utf-8-lossy"))
        }
    }

    /// The protocol's only exception: an empty body says nothing.
    @Test func f17EmptyBodySaysNothing() async throws {
        try await Stage.run(.init(script: HostileServer.answering(""))) { stage in
            _ = try await stage.tag("asked")
            #expect(try await stage.exchanges().first?["outcome"] == "nothing")
        }
    }

    @Test func f19CatastrophicPatternIsHarmless() async throws {
        try await Stage.run(.init(script: HostileServer.answering(""))) { stage in
            let schema: JSON = ["properties": ["title": ["pattern": "^(a+)+$"]]]
            let document = try await stage.makeDocument("plain")
            let status = try await stage.call("PUT", "/v1/document-types/plain", schema).status
            #expect((200...299).contains(status))
            let attack = String(repeating: "a", count: 50_000) + "!"
            let change: JSON = ["commands": [["op": "document.setTitle", "title": .string(attack)]]]
            try await Measure.best(of: 5, atMost: Measure.slowed(50_000)) {
                let began = ContinuousClock.now
                let answer = try await stage.call("POST", "/v1/documents/\(document)/commands", change)
                #expect(answer.json["code"] == "document-type-violated", "\(answer.json)")
                return Int((ContinuousClock.now - began) / .microseconds(1))
            }
        }
    }

    @Test func f20SchemasReachNothing() async throws {
        let canary = try HostileServer { _ in }
        defer { canary.stop() }
        try await Stage.run(.init(script: HostileServer.answering(""))) { stage in
            let targets = [canary.url, "http://169.254.169.254/latest", "file:///etc/passwd"]
            for schema: JSON in targets.flatMap({ [["$ref": .string($0)], ["$schema": .string($0)]] }) {
                let type = try await stage.call("PUT", "/v1/document-types/plain", schema)
                #expect(type.status == 422, "\(schema): \(type.json)")
                let manifest: JSON = [
                    "protocol": ["1.0"], "name": "other", "actions": [["name": "a", "parameters": schema]],
                ]
                let body: JSON = ["url": .string(stage.server.url), "handshake": "skip", "manifest": manifest]
                let plugin = try await stage.call("POST", "/v1/plugins", body)
                #expect(plugin.status == 422, "\(schema): \(plugin.json)")
                #expect(plugin.json["pointer"] == "/manifest/actions/0/parameters")
            }
        }
        #expect(canary.connectionCount == 0)
    }

    @Test func f22AllThreePlacesAreNamed() async throws {
        let body = FailureTable.answer(#""warnings":[7],"notes":{"a":7},"state":7"#)
        try await Stage.run(.init(script: HostileServer.answering(body))) { stage in
            _ = try await stage.tag("asked")
            let message = try await stage.refusal()["message"]?.stringValue ?? ""
            for place in ["/warnings/0", "/notes/a", "/state"] { #expect(message.contains(place), "\(message)") }
        }
    }

    @Test(arguments: [
        (#"{"op":"tag.ad","tag":"a"}"#, "/commands/1/op"), (#"{"op":"tag.add"}"#, "/commands/1"),
        (#"{"op":"tag.add","tag":"a","color":1}"#, "/commands/1/color"),
    ])
    func f23WrongCommandIsNamed(_ command: String, _ place: String) async throws {
        try await Stage.run(.init(script: HostileServer.answering(FailureTable.command(command)))) { stage in
            _ = try await stage.tag("asked")
            let refusal = try await stage.refusal()
            #expect(refusal["pointer"] == .string(place), "\(refusal)")
            #expect(refusal["commandIndex"] == 1)
        }
    }
}
