import JSONSchema
import Testing

struct JSONTapeTests {
    private let text = #"{"a":[1,2.5,1e400,123456789012345678901],"é\n":"x\ty","b":{"c":null,"d":true},"":""}"#

    @Test func isTheTreeThatTheTextIs() throws {
        let tape = try JSONTape(parsing: Array(text.utf8))
        #expect(tape.root.json == (try JSON(parsing: text)))
        #expect(JSONTape(tape.root.json).root.json.description == tape.root.json.description)
    }

    @Test func isReadInPlace() throws {
        let root = try JSONTape(parsing: Array(text.utf8)).root
        #expect(root.kind == .object)
        #expect(root.count == 4)
        #expect(root["a"]?[0]?.intValue == 1)
        #expect(root["a"]?[1]?.numberValue == 2.5)
        #expect(root["a"]?[3]?.json.description == "123456789012345678901")
        #expect(root["a"]?[4] == nil)
        #expect(root["é\n"]?.stringValue == "x\ty")
        #expect(root["e\u{301}\n"] == nil)
        #expect(root[""]?.isString("") == true)
        #expect(root["b"]?["d"]?.boolValue == true)
        #expect(root["b"]?["c"]?.isNull == true)
        #expect(root["none"] == nil)
        #expect(root.members.map(\.key) == ["a", "é\n", "b", ""])
        #expect(root["a"]?.elements.map(\.kind) == [.number, .number, .number, .number])
    }

    @Test func findsEqualNamesAmongMany() throws {
        // Names of one length, with the same beginning and end, which a weak hash does not tell apart.
        let names = (0..<5000).map { number in
            "\"aaaaaaaa\(String(String(number + 10_000).dropFirst()))aaaaaaaaaaaa\":0"
        }
        let many = "{" + names.joined(separator: ",") + "}"
        #expect(try JSONTape(parsing: Array(many.utf8)).root.count == 5000)
        let twice = "{" + (names + [names[17]]).joined(separator: ",") + "}"
        let error = #expect(throws: JSONError.self) { try JSONTape(parsing: Array(twice.utf8)) }
        #expect(error?.code == .duplicateKey)
        let last = try JSONTape(
            parsing: Array(twice.utf8),
            limits: JSONLimits(duplicateKeys: .keepLast)
        )
        #expect(last.root.count == 5000)
    }

    @Test func tracksManyMembersForUnevaluated() throws {
        let schema = try Schema(compiling: [
            "anyOf": [["patternProperties": ["^a": true]], ["patternProperties": ["^b": true]]],
            "unevaluatedProperties": false,
        ])
        var object = JSONObject()
        for number in 0..<10_000 { object[(number.isMultiple(of: 2) ? "a" : "b") + String(number)] = 1 }
        #expect(schema.isValid(.object(object)))
        object["c"] = 1
        #expect(!schema.isValid(.object(object)))
        #expect(schema.violations(in: .object(object)).map(\.keyword) == ["unevaluatedProperties"])
    }
}
