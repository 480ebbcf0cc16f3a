import JSONSchema
import Testing

/// Runs the official suite's tests of annotations and of output.
@Suite(.enabled(if: SuiteFiles.areThere))
struct OutputSuiteTests {
    /// What cannot be met, by description, and why.
    private static let exceptions = [
        "`$dynamicRef` resolves to different `$dynamicAnchor`s depending on dynamic path":
            "the suite names places from the document's root, core section 12.3.2 wants them from the nearest $id"
    ]

    /// Whether an annotation test is for draft 2020-12.
    private func concerns(_ group: JSON) -> Bool {
        guard let compatibility = group["compatibility"]?.stringValue else { return true }
        return compatibility.split(separator: ",").allSatisfy { part in
            if part.hasPrefix("<=") { return Int(part.dropFirst(2)).map { 2020 <= $0 } ?? false }
            if part.hasPrefix("=") { return part.dropFirst() == "2020" }
            return Int(part).map { 2020 >= $0 } ?? false
        }
    }

    @Test func collectsAnnotations() throws {
        var count = 0
        for (path, bytes) in SuiteFiles.files(in: "JSON-Schema-Test-Suite/annotations/tests") {
            for group in try #require(try JSON(parsing: bytes)["suite"]?.arrayValue) where concerns(group) {
                if let reason = Self.exceptions[group["description"]?.stringValue ?? ""] {
                    print("not met: \(path): \(group["description"] ?? "")\n  because \(reason)")
                    continue
                }
                let schema = try Schema(compiling: try #require(group["schema"]))
                for test in group["tests"]?.arrayValue ?? [] {
                    let output = schema.output(for: test["instance"] ?? .null, format: .basic)
                    for assertion in test["assertions"]?.arrayValue ?? [] {
                        count += 1
                        let keyword = assertion["keyword"]?.stringValue ?? ""
                        var found: JSONObject = [:]
                        for unit in output["annotations"]?.arrayValue ?? []
                        where unit["instanceLocation"] == assertion["location"] {
                            guard let place = unit["absoluteKeywordLocation"]?.stringValue,
                                place.hasSuffix("/" + keyword)
                            else { continue }
                            found[String(place.dropLast(keyword.utf8.count + 1))] = unit["annotation"]
                        }
                        #expect(
                            JSON.object(found) == assertion["expected"],
                            "\(path): \(group["description"] ?? ""): \(test["instance"] ?? ""): \(assertion)"
                        )
                    }
                }
            }
        }
        print("annotations: \(count) assertions")
        #expect(count > 75)
    }

    @Test func writesOutputThatFitsItsSchema() throws {
        let folder = "JSON-Schema-Test-Suite/output-tests/draft2020-12"
        var resources: [String: JSON] = [:]
        for (path, bytes) in SuiteFiles.files(in: folder) where path == "output-schema.json" {
            resources["https://json-schema.org/draft/2020-12/output/schema"] = try JSON(parsing: bytes)
        }
        var count = 0
        for (path, bytes) in SuiteFiles.files(in: folder) where path.hasPrefix("content/") {
            for group in try #require(try JSON(parsing: bytes).arrayValue) {
                let schema = try Schema(compiling: try #require(group["schema"]))
                for test in group["tests"]?.arrayValue ?? [] {
                    for (name, expected) in test["output"]?.objectValue ?? [:] {
                        count += 1
                        let format: SchemaOutput = name == "basic" ? .basic : (name == "flag" ? .flag : .detailed)
                        let output = schema.output(for: test["data"] ?? .null, format: format)
                        let checker = try Schema(compiling: expected, resources: resources)
                        #expect(checker.violations(in: output).isEmpty, "\(path): \(output)")
                    }
                }
            }
        }
        #expect(count >= 4)
    }

    @Test func nestsDetailedOutput() throws {
        let schema = try Schema(compiling: [
            "$id": "https://example.test/s", "properties": ["a": ["$ref": "#/$defs/n"], "b": ["type": "null"]],
            "$defs": ["n": ["type": "integer", "minimum": 3]],
        ])
        let output = schema.output(for: ["a": 2, "b": 1], format: .detailed)
        #expect(output["valid"] == false)
        let errors = try #require(output["errors"]?[0]?["errors"]?.arrayValue)
        #expect(errors.count == 2)
        #expect(errors[0]["keywordLocation"] == "/properties/a/$ref/minimum")
        #expect(errors[0]["absoluteKeywordLocation"] == "https://example.test/s#/$defs/n/minimum")
        #expect(errors[0]["instanceLocation"] == "/a")
        #expect(schema.output(for: ["a": 3], format: .flag) == ["valid": true])
    }
}
