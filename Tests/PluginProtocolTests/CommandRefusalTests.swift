import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

/// What the limits and the decoder refuse by themselves, whatever a schema says.
struct CommandRefusalTests {
    @Test func moreCommandsThanAllowedAreRefused() throws {
        let commands = JSON.array(Array(repeating: ["op": "tag.add", "tag": "a"], count: 257))
        let refusal = try #require(
            #expect(throws: Refusal.self) {
                try PluginAnswer.read(["protocol": "1.0", "commands": commands], limits: .default)
            }
        )
        #expect(refusal.kind == .schema)
        #expect(refusal.rule == "maxItems")
        #expect(refusal.limit == 256)
        #expect(refusal.actual == 257)
    }

    @Test func aFaultyCommandIsNamedByIndexAndOp() throws {
        let json: JSON = [
            "protocol": "1.0", "commands": [["op": "tag.add", "tag": "a"], ["op": "tag.add", "tag": ""]],
        ]
        let refusal = try #require(#expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) })
        #expect(refusal.kind == .schema)
        #expect(refusal.commandIndex == 1)
        #expect(refusal.pointer?.description == "/commands/1/tag")
        #expect(refusal.message.hasPrefix("command 1 (tag.add): /commands/1/tag: "))
    }

    @Test func otherFaultsAreNamedToo() throws {
        let json: JSON = [
            "protocol": "1.0", "commands": [["op": "tag.add", "tag": ""], ["op": "tag.remove"]], "warnings": [7],
            "notes": ["a": 7], "state": 7,
        ]
        let refusal = try #require(#expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) })
        #expect(refusal.pointer?.description == "/commands/0/tag")
        #expect(
            refusal.message.hasSuffix("; also wrong: /commands/1 (required), /warnings/0 (type), /notes/a (type)")
                || refusal.message.hasSuffix("; also wrong: /commands/1 (required), /warnings/0 (type), /state (type)"),
            "\(refusal.message)"
        )
    }

    @Test func anUnknownCommandIsRefusedWithAHint() throws {
        let json: JSON = ["protocol": "1.0", "commands": [["op": "tag.ad", "tag": "a"]]]
        let refusal = try #require(#expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) })
        #expect(refusal.kind == .unknownCommand)
        #expect(refusal.hint?.contains("tag.add") == true)
    }

    @Test func everyMemberIsDecoded() throws {
        let json: JSON = [
            "protocol": "1.0",
            "verdict": [
                "allow": false,
                "reasons": [
                    ["pointer": "/title", "message": "m", "suggest": [["op": "document.setTitle", "title": "T"]]]
                ],
            ],
            "commands": [["op": "tag.add", "tag": "a"]], "view": ["component": "text"], "warnings": ["w"],
            "notes": ["k": "v"], "state": ["n": 1], "defer": ["seconds": 1.5, "reason": "r"], "challenge": "c",
            "manifest": ["protocol": ["1.0"], "name": "n"],
        ]
        let answer = try PluginAnswer.read(json, limits: .default)
        #expect(answer.verdict?.allow == false)
        #expect(answer.verdict?.reasons.first?.pointer == JSONPointer(tokens: ["title"]))
        #expect(answer.verdict?.reasons.first?.suggest.map(\.op) == ["document.setTitle"])
        #expect(answer.commands.map(\.op) == ["tag.add"])
        #expect(answer.view == ["component": "text"])
        #expect(answer.warnings == ["w"])
        #expect(answer.notes == ["k": "v"])
        #expect(answer.state == ["n": 1])
        #expect(answer.defer == PluginAnswer.Deferral(seconds: 1.5, reason: "r"))
        #expect(answer.challenge == "c")
        #expect(answer.manifest?.name == "n")
        var writer = JSONWriter()
        answer.write(into: &writer)
        #expect(try JSON(parsing: writer.bytes) == json)
    }

    @Test func aWrongManifestIsRefusedWhereItStands() throws {
        let json: JSON = [
            "protocol": "1.0", "manifest": ["protocol": ["1.0"], "name": "n", "scopes": ["block:write"]],
        ]
        let refusal = try #require(#expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) })
        #expect(refusal.kind == .schema)
        #expect(refusal.pointer?.description.hasPrefix("/manifest/scopes/0") == true)
    }
}
