import JSONSchema
import Testing

/// Schemas and instances that were written to cost much: each ends by a limit that is stated, and soon.
@Suite(.timeLimit(.minutes(2)))
struct HostileTests {
    private func tape(_ text: String) throws -> JSONTape { try JSONTape(parsing: Array(text.utf8)) }

    private func keywords(_ schema: JSON, _ text: String) throws -> [String] {
        let options = SchemaOptions(limits: SchemaLimits(steps: 1_000_000))
        let schema = try Schema(compiling: schema, options: options)
        return try schema.violations(in: tape(text), limit: 1).map(\.keyword)
    }

    private func array(of element: String, count: Int) -> String {
        "[" + [String](repeating: element, count: count).joined(separator: ",") + "]"
    }

    @Test func boundsConstantsTimesElements() throws {
        let numbers = JSON.array((0..<20_000).map { .number(JSONNumber($0)) })
        #expect(try keywords(["items": ["enum": numbers]], array(of: "19999", count: 1000)) == ["limit"])
    }

    @Test func comparesLargeObjectsInAnyOrder() throws {
        let members = (0..<5000).map { "\"a\($0)\":\($0)" }
        let object = "{" + members.joined(separator: ",") + "}"
        let reversed = "{" + members.reversed().joined(separator: ",") + "}"
        // In one order they are compared in one walk; in another, each member is looked for.
        let constant: JSON = ["const": try JSON(parsing: object)]
        #expect(try keywords(constant, object) == [])
        #expect(try keywords(constant, reversed) == ["limit"])
        #expect(try keywords(["uniqueItems": true], "[\(object),\(object)]") == ["uniqueItems"])
        #expect(try keywords(["uniqueItems": true], "[\(object),\(reversed)]") == ["limit"])
    }

    @Test func boundsPatternsTimesMembers() throws {
        var patterns = JSONObject()
        for number in 0..<300 { patterns["^x\(number)$"] = true }
        let members = (0..<5000).map { "\"\($0)\":1" }
        let text = "{" + members.joined(separator: ",") + "}"
        #expect(try keywords(["patternProperties": .object(patterns)], text) == ["limit"])
    }

    @Test(arguments: ["dependentRequired", "dependentSchemas"])
    func boundsDependenciesTimesElements(keyword: String) throws {
        var names = JSONObject()
        for number in 0..<1000 { names["x\(number)"] = keyword == "dependentRequired" ? [] : true }
        let text = array(of: #"{"a":1}"#, count: 2000)
        #expect(try keywords(["items": [keyword: .object(names)]], text) == ["limit"])
    }

    @Test func countsRequiredNames() throws {
        let names = (0..<20_000).map { "a\($0)" }
        let schema: JSON = ["required": .array(names.map { .string($0) })]
        let members = names.map { "\"\($0)\":1" }
        #expect(try keywords(schema, "{" + members.joined(separator: ",") + "}") == [])
        let others = members.dropLast() + [#""b":1"#]
        #expect(try keywords(schema, "{" + others.joined(separator: ",") + "}") == ["required"])
        // Named twice, where nobody checks that.
        let twice = try Schema(
            compiling: ["required": ["a", "a"]],
            options: SchemaOptions(checksMetaSchema: false)
        )
        #expect(twice.isValid(["a": 1]))
        #expect(!twice.isValid(["b": 1, "c": 2]))
    }

    @Test func refusesNamesThatAreChosenToCollide() throws {
        func names(_ numbers: Range<Int>) -> [String] { numbers.map { "aaaaaaaa\($0)bbbbbbbb" } }
        func schema(_ count: Int) throws -> Schema {
            var properties = JSONObject()
            for name in names(1_000_000..<1_000_000 + count) { properties[name] = true }
            return try Schema(compiling: ["properties": .object(properties)])
        }
        let error = #expect(throws: SchemaError.self) { try schema(20_000) }
        #expect(error?.code == .tooLarge)
        let members = names(2_000_000..<2_050_000).map { "\"\($0)\":1" }
        let text = "{" + members.joined(separator: ",") + "}"
        #expect(try schema(2000).violations(in: tape(text)).map(\.keyword) == ["limit"])
    }

    @Test func boundsWhatAllPatternsOfASchemaTake() throws {
        let heavy = (0..<20).map { JSON.object(["pattern": .string("(a|b)*a(a|b){11}\($0)$")]) }
        let schema = try Schema(compiling: ["anyOf": .array(heavy)])
        #expect(schema.isValid("abaaaaaaaaaaaaa19"))
        #expect(!schema.isValid("abaaaaaaaaaaaaa20"))
        let large = (0..<100).map { JSON.object(["pattern": .string("(?:ab){40000}\($0)")]) }
        let error = #expect(throws: SchemaError.self) { try Schema(compiling: ["anyOf": .array(large)]) }
        #expect(error?.code == .invalidPattern)
    }

    /// Swift calls these strings equal; JSON and ECMA-262 do not.
    @Test func tellsPatternsApartByCodePoints() throws {
        let schema = try Schema(compiling: [
            "properties": ["\u{E9}": ["pattern": "^\u{E9}$"], "e\u{301}": ["pattern": "^e\u{301}$"]]
        ])
        #expect(schema.isValid(["\u{E9}": "\u{E9}", "e\u{301}": "e\u{301}"]))
        #expect(!schema.isValid(["\u{E9}": "e\u{301}"]))
        #expect(!schema.isValid(["e\u{301}": "\u{E9}"]))
        #expect(schema.violations(in: ["e\u{301}": "\u{E9}"]).map(\.keyword) == ["pattern"])
    }
}
