import JSONSchema
import PluginProtocol
import Testing

/// What an author reads who made a typical mistake: the whole text, since that is what counts.
struct AnswerMessageTests {
    private static let block = "blk_01kb5q8x3zv7m4n9c2r6t8w001"

    /// The text of the refusal of an answer with these commands.
    private func refusal(ofCommands commands: JSON) throws -> String {
        try refusal(of: ["protocol": "1.0", "commands": commands])
    }

    private func refusal(of answer: JSON) throws -> String {
        let json = try JSON(parsing: answer.serialized())
        let refusal = #expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) }
        return refusal?.description ?? "accepted"
    }

    @Test func misspelledCommand() throws {
        #expect(
            try refusal(ofCommands: [["op": "tag.add", "tag": "a"], ["op": "text.isnert", "start": 0, "text": "x"]])
                == #"unknown-command: command 1: /commands/1/op: there is no command "text.isnert" (did you mean "text.insert"?)"#
        )
    }

    @Test func commandNamedByAnotherMember() throws {
        #expect(
            try refusal(ofCommands: [["operation": "tag.add", "tag": "a"]])
                == "schema: command 0: /commands/0: the member \"op\" is missing, which names the command "
                + "(did you mean \"op\" where it says \"operation\"?)"
        )
    }

    @Test func commandThatIsOnlyAName() throws {
        #expect(
            try refusal(ofCommands: ["tag.add"])
                == "schema: command 0: /commands/0: must be an object with \"op\", but is a string"
        )
    }

    @Test func oneCommandInPlaceOfAList() throws {
        #expect(
            try refusal(ofCommands: ["op": "tag.add", "tag": "a"])
                == "schema: /commands: must be an array, but is an object"
        )
    }

    @Test func misspelledMember() throws {
        #expect(
            try refusal(ofCommands: [
                ["op": "text.insert", "target": ["block": .string(Self.block)], "start": 0, "txet": "x"]
            ])
                == "schema: command 0 (text.insert): /commands/0: the member \"text\" is missing "
                + "(did you mean \"text\" where it says \"txet\"?)"
        )
        #expect(
            try refusal(ofCommands: [
                ["op": "text.insert", "target": ["blok": .string(Self.block)], "start": 0, "text": "x"]
            ])
                == "schema: command 0 (text.insert): /commands/0/target/blok: the member \"blok\" is not allowed here "
                + "(did you mean \"block\"?)"
        )
        #expect(
            try refusal(of: ["protocol": "1.0", "comands": []])
                == "schema: /comands: the member \"comands\" is not allowed here (did you mean \"commands\"?)"
        )
    }

    @Test func numberAsText() throws {
        #expect(
            try refusal(ofCommands: [
                ["op": "text.insert", "target": ["block": .string(Self.block)], "start": "3", "text": "x"]
            ])
                == "schema: command 0 (text.insert): /commands/0/start: must be an integer, but is \"3\""
        )
    }

    @Test func numberThatIsTooSmall() throws {
        #expect(
            try refusal(ofCommands: [
                ["op": "text.insert", "target": ["block": .string(Self.block)], "start": -1, "text": "x"]
            ])
                == "schema: command 0 (text.insert): /commands/0/start: must be at least 0, but is -1"
        )
    }

    @Test func identifierOfAnotherSystem() throws {
        #expect(
            try refusal(ofCommands: [["op": "text.insert", "target": ["block": "17"], "start": 3, "text": "x"]])
                == "schema: command 0 (text.insert): /commands/0/target/block: must match the pattern "
                + "^blk_[0-7][0-9a-hjkmnp-tv-z]{25}$, but is \"17\" (Identifier of a block: `blk_` and 26 lower-case "
                + "Crockford base-32 characters of a time-ordered 128-bit value.)"
        )
    }

    @Test func pathInPlaceOfAPointer() throws {
        #expect(
            try refusal(ofCommands: [["op": "property.set", "pointer": "status", "value": 1]])
                == "schema: command 0 (property.set): /commands/0/pointer: must match the pattern ^(/([^/~]|~[01])*)*$, "
                + "but is \"status\" (JSON Pointer: RFC 6901; empty for the whole value.)"
        )
    }

    @Test func twoPlacesAtOnce() throws {
        #expect(
            try refusal(ofCommands: [
                [
                    "op": "block.insert", "block": ["type": "paragraph", "text": "x"], "after": .string(Self.block),
                    "before": .string(Self.block),
                ]
            ])
                == "schema: command 0 (block.insert): /commands/0: must not have the members \"after\" and \"before\" at once"
        )
    }

    @Test func placeThatLacksItsOtherHalf() throws {
        #expect(
            try refusal(ofCommands: [["op": "block.insert", "block": ["type": "paragraph", "text": "x"], "index": 1]])
                == "schema: command 0 (block.insert): /commands/0: the member \"parent\" is missing, which \"index\" requires"
        )
    }

    @Test func neitherOrBothOfTwo() throws {
        let target: JSON = ["block": .string(Self.block)]
        #expect(
            try refusal(ofCommands: [["op": "text.replace", "target": target, "text": "x"]])
                == "schema: command 0 (text.replace): /commands/0: must have exactly one of the members \"start\", \"find\", "
                + "but has none"
        )
        #expect(
            try refusal(ofCommands: [
                ["op": "text.replace", "target": target, "text": "x", "start": 1, "end": 2, "find": "a"]
            ])
                == "schema: command 0 (text.replace): /commands/0: must have exactly one of the members \"start\", \"find\", "
                + "but has \"start\" and \"find\""
        )
    }

    @Test func misspelledValueOfAFewAllowed() throws {
        #expect(
            try refusal(ofCommands: [
                ["op": "document.patch", "patch": [["op": "replce", "path": "/title", "value": "x"]]]
            ])
                == "schema: command 0 (document.patch): /commands/0/patch/0/op: must be one of \"add\", \"remove\", "
                + "\"replace\", \"move\", \"copy\", \"test\", but is \"replce\" (did you mean \"replace\"?)"
        )
    }

    @Test func suggestionThatLacksAMember() throws {
        let answer: JSON = [
            "protocol": "1.0",
            "verdict": ["allow": false, "reasons": [["message": "m", "suggest": [["op": "tag.add"]]]]],
        ]
        #expect(
            try refusal(of: answer)
                == "schema: command 0 (tag.add): /verdict/reasons/0/suggest/0: the member \"tag\" is missing"
        )
    }

    @Test func moreTimeThanThereIs() throws {
        #expect(
            try refusal(of: ["protocol": "1.0", "defer": ["seconds": 3600]])
                == "schema: /defer/seconds: must be at most 900, but is 3600"
        )
    }

    @Test func emptyText() throws {
        #expect(
            try refusal(ofCommands: [["op": "tag.add", "tag": ""]])
                == "schema: command 0 (tag.add): /commands/0/tag: must have at least 1 character, but has 0"
        )
    }
}
