import JSONSchema
import Testing

/// Runs the official suite, https://github.com/json-schema-org/JSON-Schema-Test-Suite .
@Suite(.enabled(if: SuiteFiles.areThere))
struct SchemaSuiteTests {
    /// What cannot be met, by file and description, and why.
    static let exceptions: [String: String] = [:]

    private static let remotes: [String: JSON] = {
        var result: [String: JSON] = [:]
        for (path, bytes) in SuiteFiles.files(in: "JSON-Schema-Test-Suite/remotes") {
            result["http://localhost:1234/" + path] = try? JSON(parsing: bytes)
        }
        return result
    }()

    private struct Tally {
        var tests = 0
        var failures: [String] = []
    }

    private func run(_ include: (String) -> Bool, options: SchemaOptions) throws -> Tally {
        var tally = Tally()
        for (path, bytes) in SuiteFiles.files(in: "JSON-Schema-Test-Suite/draft2020-12") where include(path) {
            for group in try #require(try JSON(parsing: bytes).arrayValue) {
                let name = "\(path): \(group["description"]?.stringValue ?? "")"
                let schema: Schema
                do {
                    schema = try Schema(
                        compiling: try #require(group["schema"]),
                        resources: Self.remotes,
                        options: options
                    )
                } catch {
                    tally.failures.append("\(name): refused: \(error)")
                    continue
                }
                for test in group["tests"]?.arrayValue ?? [] {
                    tally.tests += 1
                    let data = test["data"] ?? .null
                    let expected = test["valid"] == true
                    let tape = try JSONTape(parsing: data.serialized())
                    // The fast way over a tree and over a tape, and the thorough way, must agree.
                    let answers = [
                        schema.isValid(data), schema.isValid(tape), schema.violations(in: tape).isEmpty,
                        schema.output(for: data, format: .basic)["valid"] == true,
                    ]
                    if answers.contains(!expected) {
                        tally.failures.append(
                            "\(name): \(test["description"]?.stringValue ?? ""): expected \(expected), found \(answers)"
                        )
                    }
                }
            }
        }
        return tally
    }

    private func expectNone(_ tally: Tally, atLeast: Int) {
        #expect(tally.tests >= atLeast)
        for failure in tally.failures {
            if let reason = Self.exceptions.first(where: { failure.hasPrefix($0.key) })?.value {
                print("not met: \(failure)\n  because \(reason)")
            } else {
                Issue.record("\(failure)")
            }
        }
        print("JSON-Schema-Test-Suite: \(tally.tests) tests, \(tally.failures.count) not met")
    }

    @Test func passesTheRequiredPart() throws {
        expectNone(try run({ !$0.hasPrefix("optional/") }, options: .default), atLeast: 1200)
    }

    @Test func passesTheOptionalPart() throws {
        let tally = try run(
            { $0.hasPrefix("optional/") && !$0.hasPrefix("optional/format/") },
            options: .default
        )
        expectNone(tally, atLeast: 100)
    }

    @Test func passesTheFormats() throws {
        let tally = try run({ $0.hasPrefix("optional/format/") }, options: SchemaOptions(formats: .asserted))
        expectNone(tally, atLeast: 500)
    }
}
