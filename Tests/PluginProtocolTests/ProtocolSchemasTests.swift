import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

struct ProtocolSchemasTests {
    /// An example file, `kind/name`.
    struct Example: CustomTestStringConvertible, Sendable {
        var schema: String
        var name: String
        var testDescription: String { "\(schema)/\(name)" }

        func json(_ folder: String) throws -> JSON {
            try ProtocolFolder.json("examples/\(folder)/\(schema)/\(name).json")
        }

        static func all(_ folder: String) -> [Example] {
            ProtocolFolder.names("examples/\(folder)").flatMap { schema in
                ProtocolFolder.names("examples/\(folder)/\(schema)").map { Example(schema: schema, name: $0) }
            }
        }
    }

    @Test func everyFileOfTheFolderIsEmbeddedByteForByte() throws {
        #expect(ProtocolSchemas.names == ProtocolFolder.names("schemas"))
        for name in ProtocolSchemas.names {
            #expect(ProtocolSchemas.bytes(named: name) == (try ProtocolFolder.bytes("schemas/\(name).json")), "\(name)")
        }
        #expect(ProtocolSchemas.bytes(named: "no-such-schema") == nil)
    }

    @Test func everySchemaIsNamedByItsIdentifierAndCompiles() {
        #expect(ProtocolSchemas.resources.count == ProtocolSchemas.names.count)
        for (id, schema) in ProtocolSchemas.resources { #expect(schema["$id"] == .string(id)) }
        for name in ProtocolSchemas.names {
            #expect(ProtocolSchemas.schema(named: name) === ProtocolSchemas.schema(named: name))
        }
    }

    @Test func everyCommandThatAnyoneMaySendHasASchema() {
        #expect(ProtocolSchemas.commandNames == Command.Operation.allCases.filter(\.isPublic).map(\.rawValue).sorted())
    }

    @Test func thereAreExamplesOfEveryKind() {
        #expect(Example.all("valid").count >= 40)
        #expect(Example.all("invalid").count >= 40)
    }

    @Test(.enabled(if: SchemaValidator.isThere), arguments: Example.all("valid"))
    func validExamplesAreTaken(example: Example) throws {
        let violations = ProtocolSchemas.schema(named: example.schema).violations(
            in: try example.json("valid"),
            limit: 3
        )
        #expect(violations.isEmpty, "\(violations)")
    }

    @Test(arguments: Example.all("valid").filter { ["command", "manifest", "response"].contains($0.schema) })
    func validExamplesAreDecoded(example: Example) throws {
        let json = try example.json("valid")
        switch example.schema {
        case "command":
            var writer = JSONWriter()
            let command = try Command(json: json, index: 0)
            command.write(into: &writer)
            #expect(try Command(json: try JSON(parsing: writer.bytes), index: 0) == command)
        case "manifest": #expect(try Manifest(json: json).json == json)
        default:
            let answer = try PluginAnswer.read(json, limits: .default)
            var writer = JSONWriter()
            answer.write(into: &writer)
            #expect(try PluginAnswer.read(try JSON(parsing: writer.bytes), limits: .default) == answer)
        }
    }

    /// What the decoder leaves to be refused when the command is applied.
    private static let appliedFirst: Set = [
        "move-of-several"
    ]

    /// Two gates that must not disagree: what the schema refuses, the decoder has to refuse by itself.
    @Test(arguments: Example.all("invalid").filter { $0.schema == "command" && !appliedFirst.contains($0.name) })
    func invalidCommandsAreNotDecodedEither(example: Example) throws {
        let instance = try #require(try example.json("invalid")["instance"])
        #expect(throws: CommandError.self) { try Command(json: instance, index: 0) }
    }

    @Test(.enabled(if: SchemaValidator.isThere), arguments: Example.all("invalid").filter { $0.schema == "manifest" })
    func invalidManifestsAreRefused(example: Example) throws {
        let instance = try #require(try example.json("invalid")["instance"])
        #expect(throws: ManifestError.self) { try Manifest(json: instance) }
    }

    @Test(.enabled(if: SchemaValidator.isThere), arguments: Example.all("invalid").filter { $0.schema == "response" })
    func invalidAnswersAreRefused(example: Example) throws {
        let instance = try #require(try example.json("invalid")["instance"])
        #expect(throws: Refusal.self) { try PluginAnswer.read(instance, limits: .default) }
    }

    /// The violation has to be the one the example is about.
    @Test(.enabled(if: SchemaValidator.isThere), arguments: Example.all("invalid"))
    func invalidExamplesAreRefusedForWhatIsWrong(example: Example) throws {
        let json = try example.json("invalid")
        let instance = try #require(json["instance"])
        let schema = ProtocolSchemas.schema(named: example.schema)
        #expect(!schema.isValid(instance))
        let violations = schema.violations(in: instance, limit: 100)
        let pointer = try #require(json["pointer"]?.stringValue)
        #expect(!violations.isEmpty)
        #expect(
            violations.contains { violation in
                // Where one of several may hold, the validator says what is wrong with the one that was meant.
                json["keyword"] == "oneOf"
                    ? violation.instance.description.hasPrefix(pointer) : violation.instance.description == pointer
            },
            "expected \(json["keyword"] ?? .null) at \(pointer), found \(violations)"
        )
    }
}
