import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

/// What an author reads whose answer breaks the schema.
@Suite(.enabled(if: SchemaValidator.isThere))
struct RefusalTests {
    private static let block = #"{"block":"blk_01kb5q8x3zv7m4n9c2r6t8w001"}"#

    /// The answer's commands, and kind, command, place and rule of the refusal, and a part of its message or hint.
    static let refused: [(String, FailureKind, Int?, String, String, String)] = [
        (
            #"[{"op":"tag.add","tag":"a"},{"op":"tag.add","tag":"b"},{"op":"text.insert","target":\#(block),"start":-4,"text":"x"}]"#,
            .schema, 2, "/commands/2/start", "minimum", "command 2 (text.insert): /commands/2/start: "
        ),
        (
            #"[{"op":"text.isnert","target":\#(block),"start":0,"text":"x"}]"#,
            .unknownCommand, 0, "/commands/0/op", "op", "did you mean \"text.insert\"?"
        ),
        (
            #"[{"op":"everything.delete"}]"#, .unknownCommand, 0, "/commands/0/op", "op",
            "no command \"everything.delete\""
        ),
        (#"[{"tag":"a"}]"#, .schema, 0, "/commands/0", "required", "the member \"op\" is missing"),
        (#"[7]"#, .schema, 0, "/commands/0", "type", "but is a number"),
        (#"[{"op":5}]"#, .schema, 0, "/commands/0/op", "type", "expected a string, found 5"),
        (#"[{"op":"tag.add","tagg":"a"}]"#, .schema, 0, "/commands/0", "", "command 0 (tag.add)"),
        (
            #"[{"op":"tag.add","tag":"a"},{"op":"comment.remove"}]"#, .unknownCommand, 1, "/commands/1/op", "op",
            "comment.remove"
        ),
        (#"{"op":"tag.add","tag":"a"}"#, .schema, nil, "/commands", "type", "/commands"),
    ]

    @Test(arguments: refused.indices)
    func refusalsNameCommandPlaceAndRule(index: Int) throws {
        let (commands, kind, commandIndex, pointer, rule, text) = Self.refused[index]
        let json = try JSON(parsing: #"{"protocol":"1.0","commands":\#(commands)}"#)
        let refusal = try #require(#expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) })
        #expect(refusal.kind == kind, "\(refusal)")
        #expect(refusal.commandIndex == commandIndex)
        #expect(refusal.pointer?.description.hasPrefix(pointer) == true, "\(refusal)")
        #expect(rule.isEmpty || refusal.rule == rule, "\(refusal)")
        #expect(refusal.description.contains(text), "\(refusal)")
    }

    @Test func theLimitAndTheActualValueAreKept() throws {
        let commands = #"[{"op":"text.insert","target":\#(Self.block),"start":-4,"text":"x"}]"#
        let json = try JSON(parsing: #"{"protocol":"1.0","commands":\#(commands)}"#)
        let refusal = try #require(#expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) })
        #expect(refusal.limit == 0)
        #expect(refusal.actual == -4)
    }

    @Test func aFaultOutsideTheCommandsIsFound() throws {
        for (member, pointer) in [
            (#""comands":[]"#, "/comands"), (#""warnings":[1]"#, "/warnings/0"), (#""state":[]"#, "/state"),
            (#""defer":{"seconds":901}"#, "/defer/seconds"), (#""verdict":{}"#, "/verdict"),
        ] {
            let json = try JSON(parsing: #"{"protocol":"1.0",\#(member)}"#)
            let refusal = try #require(#expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) })
            #expect(refusal.kind == .schema)
            #expect(refusal.pointer?.description == pointer, "\(refusal)")
        }
    }

    @Test func aSuggestionsFaultIsFoundWhereItStands() throws {
        let json: JSON = [
            "protocol": "1.0",
            "verdict": ["allow": false, "reasons": [["message": "m", "suggest": [["op": "tag.ad", "tag": "x"]]]]],
        ]
        let refusal = try #require(#expect(throws: Refusal.self) { try PluginAnswer.read(json, limits: .default) })
        #expect(refusal.kind == .unknownCommand)
        #expect(refusal.pointer?.description == "/verdict/reasons/0/suggest/0/op")
    }
}
