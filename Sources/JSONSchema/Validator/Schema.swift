/// A compiled JSON Schema of draft 2020-12.
///
/// Compile it once and use it from any thread: it is immutable. What it does not know, it refuses when it is
/// compiled, not when it is used: references to what was not given, patterns that are no regular expressions,
/// references that never end.
///
/// Sendable.
///
/// Source: https://json-schema.org/draft/2020-12
public final class Schema: Sendable {
    private let program: SchemaProgram
    private let code: MachineCode

    /// Compiles a schema.
    ///
    /// - Parameters:
    ///   - schema: an object or a boolean. Without `$id`, relative references start from ``SchemaOptions/baseURI``.
    ///   - resources: other schemas it may refer to, by their URIs without fragments. Only those it refers to are
    ///     compiled. The meta-schemas of draft 2020-12 are always there; nothing is ever fetched.
    ///   - options: how it is compiled.
    /// - Throws: ``SchemaError`` with the place of the first fault.
    public init(
        compiling schema: JSON,
        resources: [String: JSON] = [:],
        options: SchemaOptions = .default
    ) throws(SchemaError) {
        if options.checksMetaSchema {
            try Self.checkMetaSchema(of: schema, resources: resources, options: options)
        }
        var registry = SchemaRegistry(given: resources)
        let root = try registry.add(schema, uri: options.baseURI)
        var compiler = SchemaCompiler(registry: registry, options: options)
        program = try compiler.compile(root)
        code = try MachineCode(program)
    }

    /// Whether a value satisfies the schema.
    ///
    /// - Parameter value: any JSON.
    /// - Returns: `false` also if finding out needs more than ``SchemaLimits`` allow.
    public func isValid(_ value: JSON) -> Bool { isValid(JSONTape(value)) }

    /// Whether a value satisfies the schema, the fast way.
    ///
    /// Nothing is allocated, unless the schema compares more than a hundred elements with each other or keeps
    /// account of more than 4,000 members or elements at once.
    ///
    /// - Parameter tape: any JSON.
    /// - Returns: `false` also if finding out needs more than ``SchemaLimits`` allow.
    public func isValid(_ tape: JSONTape) -> Bool { Machine.run(code, tape) == .valid }

    /// How a value does not satisfy the schema, for people to read.
    ///
    /// Where a schema has alternatives, only the one that was meant is reported, if that can be told.
    ///
    /// - Parameters:
    ///   - value: any JSON.
    ///   - limit: the most violations that are returned.
    /// - Returns: nothing exactly if the value is valid.
    public func violations(in value: JSON, limit: Int = 20) -> [SchemaViolation] {
        violations(Machine.run(code, JSONTape(value)), value, limit)
    }

    /// How a value does not satisfy the schema, for people to read.
    ///
    /// - Parameters:
    ///   - tape: any JSON; a tree is only made of it if it is not valid.
    ///   - limit: the most violations that are returned.
    /// - Returns: nothing exactly if the value is valid.
    public func violations(in tape: JSONTape, limit: Int = 20) -> [SchemaViolation] {
        violations(Machine.run(code, tape), tape.root.json, limit)
    }

    private func violations(
        _ outcome: Machine.Outcome,
        _ value: @autoclosure () -> JSON,
        _ limit: Int
    ) -> [SchemaViolation] {
        switch outcome {
        case .valid: []
        case .invalid: report(value(), limit: limit)
        case .tooManySteps: [exceeded("validating needs more steps than are allowed", program.limits.steps)]
        case .tooDeep: [exceeded("validating needs more levels than are allowed", program.limits.depth)]
        }
    }

    /// Applies the schema the thorough way to a value that is not valid.
    ///
    /// - Returns: at least one violation.
    private func report(_ value: JSON, limit: Int) -> [SchemaViolation] {
        var evaluator = Evaluator(program, annotates: false)
        let (_, units) = evaluator.evaluate(value)
        var report = SchemaReport(program, limit: max(1, limit))
        report.add(units)
        guard report.violations.isEmpty else { return report.violations }
        return [exceeded("the value is not valid, but finding out why takes more than is allowed", nil)]
    }

    private func exceeded(_ message: String, _ limit: Int?) -> SchemaViolation {
        SchemaViolation(
            instance: .root,
            keyword: "limit",
            schemaLocation: program.subschemas[program.root].location,
            message: message,
            limit: limit.map { .number(JSONNumber($0)) },
            actual: nil,
            hint: nil,
            suggestion: nil
        )
    }

    /// What the specification has a validator say about a value.
    ///
    /// - Parameters:
    ///   - value: any JSON.
    ///   - format: how much it says.
    /// - Returns: `{"valid": boolean}`, and in the longer formats `errors` or `annotations`, each with
    ///   `keywordLocation`, `absoluteKeywordLocation` and `instanceLocation`. After 50,000 of those, or five million
    ///   steps, the rest is left out.
    ///
    /// Source: JSON Schema 2020-12, core, section 12.
    public func output(for value: JSON, format: SchemaOutput) -> JSON {
        if format == .flag { return ["valid": .bool(isValid(value))] }
        var evaluator = Evaluator(program, annotates: true)
        let (isValid, units) = evaluator.evaluate(value)
        // Saying everything has a lower limit than saying yes or no.
        if evaluator.isExhausted {
            let isValid = self.isValid(value)
            return format.write(isValid: isValid, isValid ? [] : units, program)
        }
        return format.write(isValid: isValid, units, program)
    }
}

extension Schema {
    /// The meta-schema of the standard dialect.
    private static let metaSchema: Result<Schema, SchemaError> = {
        do throws(SchemaError) {
            let options = SchemaOptions(checksMetaSchema: false)
            return .success(try Schema(compiling: ["$ref": .string(MetaSchemas.dialect)], options: options))
        } catch {
            return .failure(error)
        }
    }()

    private static func checkMetaSchema(
        of schema: JSON,
        resources: [String: JSON],
        options: SchemaOptions
    ) throws(SchemaError) {
        var checker = try metaSchema.get()
        if let dialect = schema["$schema"]?.stringValue.map({ URIReference($0).resource }),
            dialect != MetaSchemas.dialect,
            resources[dialect] != nil
        {
            // An own dialect must itself be a valid schema, in the standard dialect.
            checker = try Schema(
                compiling: ["$ref": .string(dialect)],
                resources: resources,
                options: SchemaOptions(checksMetaSchema: false, limits: options.limits)
            )
        }
        let violations = checker.violations(in: schema)
        if let first = violations.first {
            throw SchemaError(
                .invalidSchema,
                at: options.baseURI + "#" + URIReference.fragment(first.instance),
                "the schema breaks the rules of its dialect: \(first)",
                violations: violations
            )
        }
    }
}
