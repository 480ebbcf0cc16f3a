import Foundation
import JSONSchema

/// Measures reading and validating of the cases in a folder: `SchemaBench FOLDER NAME…`.
///
/// A case is two files, `NAME.schema.json` and `NAME.instance.json`. Prints a line of JSON for each:
/// `{"name", "validate", "readTape", "readTree", "write", "compile"}`, times in nanoseconds, each the
/// median of several rounds. A case that is not valid ends the program.
@main
enum Main {
    private static let limits = JSONLimits(sizeBytes: 64 << 20)

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let folder = arguments.first else { fatalError("usage: SchemaBench FOLDER NAME…") }
        for name in arguments.dropFirst() {
            try print(measure(name, URL(filePath: folder)))
        }
    }

    private static func measure(_ name: String, _ folder: URL) throws -> JSON {
        let schemaText = [UInt8](try Data(contentsOf: folder.appending(path: name + ".schema.json")))
        let text = [UInt8](try Data(contentsOf: folder.appending(path: name + ".instance.json")))
        let schemaTree = try JSON(parsing: schemaText, limits: limits)
        let schema = try Schema(compiling: schemaTree)
        let tape = try JSONTape(parsing: text, limits: limits)
        let tree = try JSON(parsing: text, limits: limits)
        guard schema.isValid(tape) else { fatalError("\(name) is not valid: \(schema.violations(in: tape))") }

        var isRight = true
        let validate = median { isRight = schema.isValid(tape) && isRight }
        let readTape = median { isRight = (try? JSONTape(parsing: text, limits: limits)) != nil && isRight }
        let readTree = median { isRight = (try? JSON(parsing: text, limits: limits)) != nil && isRight }
        let write = median { isRight = !tree.serialized().isEmpty && isRight }
        let compile = median { isRight = (try? Schema(compiling: schemaTree)) != nil && isRight }
        guard isRight else { fatalError("\(name): not the same result each time") }
        return [
            "name": .string(name), "bytes": .number(JSONNumber(text.count)), "validate": number(validate),
            "readTape": number(readTape), "readTree": number(readTree), "write": number(write),
            "compile": number(compile),
        ]
    }

    private static func number(_ nanoseconds: Double) -> JSON {
        .number(JSONNumber((nanoseconds * 10).rounded() / 10))
    }

    /// The time of one call in nanoseconds: the median of eleven rounds of about 20 ms.
    private static func median(_ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        var calls = 1
        while true {
            let time = clock.measure { for _ in 0..<calls { body() } }
            if time >= .milliseconds(20) { break }
            calls *= 2
        }
        let rounds = (0..<11).map { _ in
            clock.measure { for _ in 0..<calls { body() } } / calls
        }
        let middle = rounds.sorted()[rounds.count / 2]
        return Double(middle.components.attoseconds) / 1e9 + Double(middle.components.seconds) * 1e9
    }
}
