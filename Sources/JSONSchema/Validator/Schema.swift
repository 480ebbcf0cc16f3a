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
    }

    /// Whether a value satisfies the schema.
    ///
    /// - Parameter value: any JSON.
    /// - Returns: `false` also if finding out needs more than ``SchemaLimits`` allow.
    public func isValid(_ value: JSON) -> Bool {
        var evaluator = Evaluator(program, reports: false)
        return evaluator.evaluate(value).isValid
    }

    /// How a value does not satisfy the schema, for people to read.
    ///
    /// Where a schema has alternatives, only the one that was meant is reported, if that can be told.
    ///
    /// - Parameters:
    ///   - value: any JSON.
    ///   - limit: the most violations that are returned.
    /// - Returns: nothing exactly if the value is valid.
    public func violations(in value: JSON, limit: Int = 20) -> [SchemaViolation] {
        var evaluator = Evaluator(program, reports: true)
        let (isValid, units) = evaluator.evaluate(value)
        if isValid { return [] }
        var report = SchemaReport(program, limit: max(1, limit))
        if !evaluator.isExhausted { report.add(units) }
        guard report.violations.isEmpty else { return report.violations }
        let isDeep = evaluator.steps > 0
        return [
            SchemaViolation(
                instance: .root,
                keyword: "limit",
                schemaLocation: program.subschemas[program.root].location,
                message: isDeep
                    ? "validating needs more levels than are allowed" : "validating needs more steps than are allowed",
                limit: .number(JSONNumber(isDeep ? program.limits.depth : program.limits.steps)),
                actual: nil,
                hint: nil,
                suggestion: nil
            )
        ]
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
