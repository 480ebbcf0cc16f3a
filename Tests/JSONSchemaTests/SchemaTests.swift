import JSONSchema
import Testing

struct SchemaTests {
    private let command: JSON = [
        "$id": "https://example.test/command.json",
        "oneOf": [["$ref": "#/$defs/text.insert"], ["$ref": "#/$defs/block.insert"], ["$ref": "#/$defs/tag.add"]],
        "$defs": [
            "text.insert": [
                "type": "object",
                "properties": [
                    "op": ["const": "text.insert"], "start": ["type": "integer", "minimum": 0],
                    "text": ["type": "string", "maxLength": 5],
                ],
                "required": ["op", "start", "text"], "additionalProperties": false,
            ],
            "block.insert": [
                "type": "object", "properties": ["op": ["const": "block.insert"], "block": ["type": "object"]],
                "required": ["op", "block"], "additionalProperties": false,
            ],
            "tag.add": [
                "type": "object", "properties": ["op": ["const": "tag.add"], "tag": ["type": "string"]],
                "required": ["op", "tag"], "additionalProperties": false,
            ],
        ],
    ]

    private func violations(_ value: JSON) throws -> [SchemaViolation] {
        let schema = try Schema(
            compiling: [
                "$id": "https://example.test/response.json",
                "properties": ["commands": ["type": "array", "items": ["$ref": "command.json"], "maxItems": 3]],
            ],
            resources: ["https://example.test/command.json": command]
        )
        let violations = schema.violations(in: value)
        #expect(schema.isValid(value) == violations.isEmpty)
        return violations
    }

    @Test func acceptsWhatIsValid() throws {
        #expect(try violations(["commands": [["op": "text.insert", "start": 0, "text": "abc"]]]).isEmpty)
    }

    @Test func reportsTheBranchThatTheOpNames() throws {
        let found = try violations([
            "commands": [["op": "tag.add", "tag": "x"], ["op": "text.insert", "start": -1, "text": 5]]
        ])
        #expect(found.count == 2)
        let start = try #require(found.first { $0.keyword == "minimum" })
        #expect(start.instance.description == "/commands/1/start")
        #expect(start.schemaLocation == "https://example.test/command.json#/$defs/text.insert/properties/start/minimum")
        #expect(start.message == "must be at least 0, but is -1")
        #expect(start.limit == 0)
        #expect(start.actual == -1)
        #expect(found.first { $0.keyword == "type" }?.message == "must be a string, but is 5")
    }

    @Test func namesTheNearestOp() throws {
        let found = try violations(["commands": [["op": "text.isnert", "start": 0, "text": ""]]])
        #expect(found.count == 1)
        #expect(found.first?.instance.description == "/commands/0/op")
        #expect(found.first?.keyword == "oneOf")
        #expect(found.first?.suggestion == "text.insert")
        #expect(found.first?.hint == "did you mean \"text.insert\"?")
        #expect(try violations(["commands": [["start": 0]]]).first?.keyword == "required")
        #expect(try violations(["commands": [["op": 5]]]).first?.message.contains("must be a string") == true)
    }

    @Test func namesTheUnknownMemberAndTheNearestOne() throws {
        let found = try violations(["commands": [["op": "text.insert", "start": 0, "txet": "a"]]])
        #expect(found.map(\.keyword).sorted() == ["additionalProperties", "required"])
        let unknown = try #require(found.first { $0.keyword == "additionalProperties" })
        #expect(unknown.instance.description == "/commands/0/txet")
        #expect(unknown.message == "the member \"txet\" is not allowed here")
        #expect(unknown.suggestion == "text")
    }

    @Test func choosesTheAlternativeThatWasMeant() throws {
        let schema = try Schema(compiling: [
            "anyOf": [["type": "string"], ["type": "object", "properties": ["a": ["maximum": 3]]]]
        ])
        let found = schema.violations(in: ["a": 5])
        #expect(found.map(\.keyword) == ["maximum"])
        #expect(found.first?.instance.description == "/a")
        #expect(schema.violations(in: 1).map(\.keyword) == ["anyOf"])
    }

    @Test(arguments: [
        (#"{"$ref": "https://elsewhere.test/x"}"#, SchemaError.Code.unresolvedReference),
        (##"{"$ref": "#/$defs/none"}"##, .unresolvedReference), (##"{"$ref": "#none"}"##, .unresolvedReference),
        (##"{"$ref": "#"}"##, .endlessReference),
        (
            ##"{"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}"##,
            .endlessReference
        ),
        (#"{"type": "text"}"#, .invalidSchema), (#"{"minimum": "1"}"#, .invalidSchema), ("5", .invalidSchema),
        (#"{"properties": {"a": {"required": "a"}}}"#, .invalidSchema),
        (#"{"pattern": "(a"}"#, .invalidPattern), (#"{"patternProperties": {"[z-a]": true}}"#, .invalidPattern),
        (#"{"$schema": "http://json-schema.org/draft-04/schema#"}"#, .unknownDialect),
        (#"{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}"#, .duplicateIdentifier),
        (#"{"$id": "https://a.test/#fragment"}"#, .invalidSchema),
    ])
    func refuses(text: String, code: SchemaError.Code) throws {
        let schema = try JSON(parsing: text)
        let error = #expect(throws: SchemaError.self) { try Schema(compiling: schema) }
        #expect(error?.code == code, "\(String(describing: error))")
    }

    @Test func boundsExponentialFanOut() throws {
        var defs: JSONObject = ["s0": ["type": "integer"]]
        for level in 1...60 {
            let below: JSON = ["$ref": .string("#/$defs/s\(level - 1)")]
            defs["s\(level)"] = ["oneOf": [below, ["allOf": [below, below]]]]
        }
        let schema = try Schema(
            compiling: ["$ref": "#/$defs/s60", "$defs": .object(defs)],
            options: SchemaOptions(limits: SchemaLimits(steps: 100_000))
        )
        #expect(!schema.isValid(1))
        let found = schema.violations(in: 1)
        #expect(found.map(\.keyword) == ["limit"])
        #expect(found.first?.limit == 100_000)
    }

    @Test func goesAsDeepAsIsAllowed() throws {
        var defs: JSONObject = ["s0": ["type": "integer"]]
        for level in 1..<1100 { defs["s\(level)"] = ["allOf": [["$ref": .string("#/$defs/s\(level - 1)")]]] }
        func schema(_ level: Int) throws -> Schema {
            try Schema(compiling: ["$ref": .string("#/$defs/s\(level)"), "$defs": .object(defs)])
        }
        // A level of this schema is two for those who report, and one otherwise.
        #expect(try schema(180).violations(in: "a").map(\.keyword) == ["type"])
        let deep = try schema(990)
        #expect(deep.isValid(1))
        #expect(deep.violations(in: "a").first?.message.hasPrefix("the value is not valid, but") == true)
        #expect(deep.output(for: 1, format: .detailed)["valid"] == true)
        let deeper = try schema(1010)
        #expect(!deeper.isValid(1))
        #expect(deeper.violations(in: 1).first?.message == "validating needs more levels than are allowed")
        #expect(deeper.violations(in: 1).first?.limit == 1000)
    }

    /// A hundred thousand mistakes are found out in no more time than some thousand, and the first of them are named.
    @Test(.timeLimit(.minutes(5))) func boundsWhatItReports() throws {
        let names = JSON.array((0..<40).map { .string("a rather long name, number \($0)") })
        let schema = try Schema(compiling: ["items": ["enum": names]])
        let texts = JSON.array([JSON](repeating: "a rather long name, nomber 7", count: 100_000))
        let found = schema.violations(in: texts, limit: 5)
        #expect(found.map(\.instance.description) == ["/0", "/1", "/2", "/3", "/4"])
        #expect(found.first?.suggestion == "a rather long name, number 7")

        var members = JSONObject()
        for number in 0..<100_000 { members["m\(number)"] = 1 }
        let strict = try Schema(compiling: ["items": ["properties": ["m": true], "additionalProperties": false]])
        let unknown = strict.violations(in: [.object(members)], limit: 5)
        #expect(unknown.map(\.instance.description) == ["/0/m0", "/0/m1", "/0/m2", "/0/m3", "/0/m4"])
    }

    /// Saying why costs more than saying no; where it costs too much, the first reasons must do.
    @Test func namesTheFirstReasonsWhereAllAreTooMany() throws {
        var defs: JSONObject = ["s0": ["const": 1]]
        for level in 1...22 {
            let below: JSON = ["$ref": .string("#/$defs/s\(level - 1)")]
            // The plain way stops at the first that fails, the thorough way looks at both.
            defs["s\(level)"] = ["allOf": [below, below]]
        }
        let schema = try Schema(
            compiling: ["$ref": "#/$defs/s22", "$defs": .object(defs)],
            options: SchemaOptions(limits: SchemaLimits(steps: 100_000))
        )
        #expect(schema.violations(in: 2, limit: 1).map(\.description) == ["the value: must be 1, but is 2"])
        #expect(schema.output(for: 2, format: .basic)["valid"] == false)
    }

    @Test func boundsDepthAndSize() throws {
        var deep: JSON = true
        for _ in 0..<100 { deep = ["allOf": [deep]] }
        let options = SchemaOptions(checksMetaSchema: false, limits: SchemaLimits(subschemas: 1000, depth: 50))
        #expect(
            try Schema(compiling: deep, options: options).violations(in: 1).first?.message.contains("levels") == true
        )
        let small = SchemaOptions(limits: SchemaLimits(subschemas: 10))
        let error = #expect(throws: SchemaError.self) { try Schema(compiling: deep, options: small) }
        #expect(error?.code == .tooLarge)
    }

    @Test(arguments: [
        (##"{"multipleOf": 0.1}"##, "0.3", true), (##"{"multipleOf": 0.01}"##, "1e400", true),
        (##"{"multipleOf": 3}"##, "1e400", false), (##"{"multipleOf": 1e-400}"##, "1", true),
        (##"{"multipleOf": 123456789012345678901}"##, "246913578024691357802", true),
        (##"{"multipleOf": 123456789012345678901}"##, "246913578024691357803", false),
        (##"{"enum": [9007199254740993]}"##, "9007199254740992", false), (##"{"const": 1.0}"##, "1", true),
        (##"{"maximum": 1e400}"##, "1e401", false), (##"{"minimum": 9007199254740993}"##, "9007199254740992", false),
        (##"{"type": "integer"}"##, "1e400", true), (##"{"type": "integer"}"##, "1.5", false),
        (##"{"const": 0.1}"##, "0.10000000000000000001", false), (##"{"uniqueItems": true}"##, "[1, 1.0]", false),
    ])
    func comparesNumbersExactly(schema: String, value: String, expected: Bool) throws {
        #expect(try Schema(compiling: JSON(parsing: schema)).isValid(JSON(parsing: value)) == expected)
    }

    /// Short arrays are compared pair by pair, long ones by hash; both must call the same things equal.
    @Test(arguments: [3, 500])
    func findsEqualElementsInShortAndLongArrays(count: Int) throws {
        let schema = try Schema(compiling: ["uniqueItems": true])
        let filler = (0..<count).map { JSON.array([.number(JSONNumber($0)), ["n": .number(JSONNumber($0))]]) }
        let pairs = [
            ("1", "1.0"), ("[1e2]", "[100]"), (#"{"a":1,"b":[2]}"#, #"{"b":[2.0],"a":1}"#), (#""é""#, #""\u00e9""#),
            ("123456789012345678901234567890", "1.2345678901234567890123456789e29"), ("null", "null"), ("[]", "[]"),
        ]
        for (left, right) in pairs {
            let same = try [JSON(parsing: left)] + filler + [JSON(parsing: right)]
            #expect(!schema.isValid(.array(same)), "\(left) and \(right)")
            #expect(!schema.isValid(try JSONTape(parsing: JSON.array(same).serialized())))
        }
        let different = try [
            "0", "false", #""""#, "null", "[]", "{}", "[null]", #"{"a":null}"#, #""e\u0301""#, #""é""#, "0.5",
        ]
        .map { try JSON(parsing: $0) }
        #expect(schema.isValid(.array(different + filler)))
    }
}
