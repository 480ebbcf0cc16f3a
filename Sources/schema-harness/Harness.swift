import JSONSchema

/// Answers the lines of Bowtie's protocol, version 1.
///
/// Source: https://docs.bowtie.report/en/stable/implementers/
struct Harness {
    /// The exit status with which the process should end.
    enum Ending: Int32, Error {
        case stopped = 0
        case failed = 1
    }

    private static let dialect = "https://json-schema.org/draft/2020-12/schema"

    private let options: SchemaOptions
    /// How often each instance is validated; more than once only to count what that allocates.
    private let repetitions: Int
    private var hasStarted = false

    init(assertsFormats: Bool, repetitions: Int) {
        options = SchemaOptions(formats: assertsFormats ? .asserted : .asDialectSays)
        self.repetitions = repetitions
    }

    /// Answers one line.
    ///
    /// - Parameter line: a JSON object with `cmd`.
    /// - Returns: the answer, a line of JSON without its end.
    /// - Throws: ``Ending`` where the process should end.
    mutating func answer(_ line: String) throws(Ending) -> [UInt8] {
        let limits = JSONLimits(depth: 512, sizeBytes: 1 << 28, stringBytes: 1 << 26, numberBytes: 1 << 16)
        let request: JSON
        do {
            request = try JSON(parsing: line, limits: limits)
        } catch {
            throw .failed
        }
        let command = request["cmd"]?.stringValue
        if command == "start" {
            guard request["version"] == 1 else { throw .failed }
            hasStarted = true
            return Self.start.serialized()
        }
        guard hasStarted else { throw .failed }
        switch command {
        case "dialect": return JSON.object(["ok": .bool(request["dialect"]?.stringValue == Self.dialect)]).serialized()
        case "run": return run(request).serialized()
        case "stop": throw .stopped
        default: throw .failed
        }
    }

    private static let start: JSON = [
        "version": 1,
        "implementation": [
            "language": "swift", "name": "JSONSchema", "version": "1.0.0",
            "dialects": ["https://json-schema.org/draft/2020-12/schema"],
            "homepage": "https://pluginhost.example", "documentation": "https://pluginhost.example",
            "issues": "https://pluginhost.example", "source": "https://pluginhost.example",
        ],
    ]

    private func run(_ request: JSON) -> JSON {
        let sequence = request["seq"] ?? .null
        let test = request["case"] ?? .null
        let tests = test["tests"]?.arrayValue ?? []
        var resources: [String: JSON] = [:]
        for (uri, schema) in test["registry"]?.objectValue ?? [:] { resources[uri] = schema }
        let schema: Schema
        do {
            schema = try Schema(compiling: test["schema"] ?? true, resources: resources, options: options)
        } catch {
            return [
                "seq": sequence, "errored": true,
                "context": ["message": .string(error.description), "code": .string(error.code.description)],
            ]
        }
        let results = tests.map { test in
            let tape = JSONTape(test["instance"] ?? .null)
            var isValid = true
            for _ in 0..<repetitions { isValid = schema.isValid(tape) && isValid }
            return JSON.object(["valid": .bool(isValid)])
        }
        return ["seq": sequence, "results": .array(results)]
    }
}
