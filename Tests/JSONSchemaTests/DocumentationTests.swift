import JSONSchema
import Testing

/// The example of docs/json-schema.md, which shows this file.
struct DocumentationTests {
    @Test func readsAndValidates() throws {
        // Once: compile the schema. It is immutable and may be used from any thread.
        let schema = try Schema(
            compiling: JSON(parsing: #"{"properties": {"size": {"$ref": "https://example.org/size"}}}"#),
            resources: ["https://example.org/size": ["type": "integer", "minimum": 1, "multipleOf": 0.5]]
        )

        // For each text: read it onto a tape, validate that, and take out what is needed.
        let tape = try JSONTape(parsing: Array(#"{"size": 9007199254740993}"#.utf8))
        #expect(schema.isValid(tape))
        #expect(tape.root["size"]?.intValue == 9_007_199_254_740_993)

        // Where something is wrong, ask what.
        let violations = schema.violations(in: ["size": 0])
        #expect(violations.map(\.description) == ["/size: must be at least 1, but is 0"])
        #expect(violations.first?.schemaLocation == "https://example.org/size#/minimum")

        // The specification's own formats of output, with annotations.
        #expect(schema.output(for: ["size": 2], format: .flag) == ["valid": true])

        // A value that can be changed, and the one form that equal values share.
        let value = try JSON(parsing: #"{"b": 1.0, "a": [10e-1, "é"]}"#)
        #expect(value.canonical() == Array(#"{"a":[1,"é"],"b":1}"#.utf8))

        // Errors say where.
        let error = #expect(throws: JSONError.self) { try JSON(parsing: "{\n  \"a\": 1,\n  \"a\": 2\n}") }
        #expect(error?.description == "line 3, column 3 (byte 14): an object names a member twice")
    }
}
