/// Turns schemas into a ``SchemaProgram``.
struct SchemaCompiler {
    /// Binds the names of dynamic anchors to where they lead, by the outermost resource that has them.
    private typealias Scope = [String: SchemaRegistry.Place]

    private struct Key: Hashable {
        var place: SchemaRegistry.Place
        var scope: Int
    }

    private(set) var registry: SchemaRegistry
    private let options: SchemaOptions
    private var program = SchemaProgram()
    private var indices: [Key: Int] = [:]
    private var pending: [Key] = []
    private var scopes: [Scope] = []
    private var scopeIndices: [Scope: Int] = [:]
    private var patterns: [MemberName: Pattern] = [:]
    private var patternBudget = PatternTable.Budget()
    /// The subschema that is being compiled.
    private var current = Key(place: SchemaRegistry.Place(resource: 0, pointer: .root), scope: 0)

    init(registry: SchemaRegistry, options: SchemaOptions) {
        self.registry = registry
        self.options = options
        program.limits = options.limits
    }

    /// Compiles the schema at the root of a resource and all that it refers to.
    mutating func compile(_ resource: Int) throws(SchemaError) -> SchemaProgram {
        program.root = try index(of: SchemaRegistry.Place(resource: resource, pointer: .root), in: [:])
        var next = 0
        while next < pending.count {
            current = pending[next]
            let subschema = try subschema()
            program.subschemas[next] = subschema
            next += 1
        }
        try SchemaCycles.check(program)
        SchemaDispatch.add(to: &program)
        return program
    }

    // MARK: Places and scopes

    /// The index of the subschema at a place; compiles it later if it is new.
    private mutating func index(of place: SchemaRegistry.Place, in scope: Scope) throws(SchemaError) -> Int {
        var scope = scope
        for (name, pointer) in registry.resources[place.resource].dynamicAnchors where scope[name] == nil {
            scope[name] = SchemaRegistry.Place(resource: place.resource, pointer: pointer)
        }
        let number = scopeIndices[scope] ?? scopes.count
        if number == scopes.count {
            scopes.append(scope)
            scopeIndices[scope] = number
        }
        let key = Key(place: place, scope: number)
        if let known = indices[key] { return known }
        guard pending.count < options.limits.subschemas else {
            throw SchemaError(
                .tooLarge,
                at: registry.location(place),
                "the schema has too many subschemas, the limit is \(options.limits.subschemas)"
            )
        }
        indices[key] = pending.count
        pending.append(key)
        program.subschemas.append(Subschema(location: registry.location(place)))
        return pending.count - 1
    }

    /// The index of a subschema inside the current one.
    private mutating func child(_ tokens: String...) throws(SchemaError) -> Int {
        try index(of: registry.place(current.place, appending: tokens), in: scopes[current.scope])
    }

    private mutating func children(_ keyword: String, _ value: JSON) throws(SchemaError) -> [Int] {
        var result: [Int] = []
        for position in (value.arrayValue ?? []).indices { result.append(try child(keyword, String(position))) }
        return result
    }

    private mutating func members(_ keyword: String, _ value: JSON) throws(SchemaError) -> [(key: String, schema: Int)]
    {
        var result: [(key: String, schema: Int)] = []
        for (key, _) in value.objectValue ?? JSONObject() { result.append((key, try child(keyword, key))) }
        return result
    }

    private mutating func reference(_ text: String, isDynamic: Bool) throws(SchemaError) -> Int {
        let location = registry.location(current.place) + (isDynamic ? "/$dynamicRef" : "/$ref")
        let scope = scopes[current.scope]
        let target = try registry.resolve(text, from: current.place.resource, at: location)
        var place = target.place
        if isDynamic, let anchor = target.dynamicAnchor {
            // Core, section 8.2.3.2: the outermost resource that has the anchor; the target's own is the innermost.
            place = scope[anchor] ?? place
        }
        return try index(of: place, in: scope)
    }

    private mutating func pattern(_ text: String, at keyword: String) throws(SchemaError) -> Pattern {
        let name = MemberName(text)
        if let known = patterns[name] { return known }
        do throws(PatternError) {
            let pattern = try Pattern(text, &patternBudget)
            guard patternBudget.states >= 0 else {
                throw PatternError(offset: 0, message: "the schema's patterns are too large together")
            }
            patterns[name] = pattern
            return pattern
        } catch {
            throw SchemaError(
                .invalidPattern,
                at: registry.location(current.place) + "/" + keyword,
                "the pattern is refused at character \(error.offset + 1): \(error.message)"
            )
        }
    }

    // MARK: Keywords

    private mutating func subschema() throws(SchemaError) -> Subschema {
        let location = registry.location(current.place)
        let schema = registry.schema(at: current.place)
        if case .bool(let value) = schema { return Subschema(location: location, boolean: value) }
        guard let members = schema?.objectValue else {
            throw SchemaError(.invalidSchema, at: location, "a schema is an object or a boolean")
        }
        var result = Subschema(location: location)
        let dialect = registry.resources[current.place.resource].dialect
        for (keyword, value) in members {
            if keyword == "dependencies", dialect.has(.applicator) {
                result.rules += try dependencies(value)
                continue
            }
            guard let kind = try kind(keyword, value, members, dialect) else { continue }
            result.rules.append(Rule(keyword: keyword, kind: kind, value: value))
            switch kind {
            case .unevaluatedItems, .unevaluatedProperties: result.needsMarks = true
            default: break
            }
        }
        // What looks at the results of others comes after them; what is cheap comes first.
        result.rules = result.rules.enumerated().sorted {
            ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
        }.map(\.element)
        return result
    }

    /// What earlier drafts wrote for `dependentRequired` and `dependentSchemas`.
    ///
    /// Source: JSON Schema 2020-12, core, appendix on compatibility; optional.
    private mutating func dependencies(_ value: JSON) throws(SchemaError) -> [Rule] {
        var required: [(key: String, names: [String])] = []
        var schemas: [(key: String, schema: Int)] = []
        for (key, member) in value.objectValue ?? JSONObject() {
            if case .array = member {
                required.append((key, Self.names(member)))
            } else {
                schemas.append((key, try child("dependencies", key)))
            }
        }
        return [
            Rule(keyword: "dependencies", kind: .dependentRequired(required), value: value),
            Rule(keyword: "dependencies", kind: .dependentSchemas(schemas), value: value),
        ]
    }

    private mutating func kind(
        _ keyword: String,
        _ value: JSON,
        _ members: JSONObject,
        _ dialect: Dialect
    ) throws(SchemaError) -> Rule.Kind? {
        switch keyword {
        case "$ref":
            guard let text = value.stringValue else { return nil }
            return .reference(try reference(text, isDynamic: false))
        case "$dynamicRef" where !dialect.hasItemsArrays:
            guard let text = value.stringValue else { return nil }
            return .reference(try reference(text, isDynamic: true))
        case "$id", "$schema", "$anchor", "$dynamicAnchor", "$defs", "$vocabulary", "$comment": return nil
        default: break
        }
        if dialect.has(.validation), let kind = try assertion(keyword, value, members) { return kind }
        if dialect.has(.applicator), let kind = try applicator(keyword, value, members, dialect) { return kind }
        if dialect.has(.unevaluated) {
            switch keyword {
            case "unevaluatedItems": return .unevaluatedItems(try child(keyword))
            case "unevaluatedProperties": return .unevaluatedProperties(try child(keyword))
            default: break
            }
        }
        if keyword == "format", let name = value.stringValue {
            let asserts = options.formats == .asserted || dialect.has(.formatAssertion)
            if asserts, let format = Format(rawValue: name) { return .format(format) }
            if asserts, options.formats == .asDialectSays {
                throw SchemaError(
                    .invalidSchema,
                    at: registry.location(current.place) + "/format",
                    "the dialect asserts formats, but this one is not known: \(name)"
                )
            }
            return .annotation
        }
        if Self.silent.contains(keyword) { return nil }
        if dialect.has(.content), keyword.hasPrefix("content") {
            // Validation, section 8.5: without a media type, the schema of the content means nothing.
            return keyword == "contentSchema" && members["contentMediaType"] == nil ? nil : .content
        }
        return .annotation
    }

    /// Keywords that only mean something to the keyword beside them.
    private static let silent: Set<String> = ["then", "else", "minContains", "maxContains"]

    private mutating func assertion(
        _ keyword: String,
        _ value: JSON,
        _ members: JSONObject
    ) throws(SchemaError) -> Rule.Kind? {
        switch keyword {
        case "type":
            let names = value.arrayValue ?? [value]
            return .types(names.reduce(into: TypeSet()) { $0.formUnion(TypeSet(named: $1.stringValue ?? "")) })
        case "const": return .constant(value)
        case "enum": return .enumeration(Set(value.arrayValue ?? []))
        case "multipleOf": return value.numberValue.map { .multipleOf($0) }
        case "maximum": return value.numberValue.map { .maximum($0) }
        case "exclusiveMaximum": return value.numberValue.map { .exclusiveMaximum($0) }
        case "minimum": return value.numberValue.map { .minimum($0) }
        case "exclusiveMinimum": return value.numberValue.map { .exclusiveMinimum($0) }
        case "maxLength": return Self.count(value).map { .maxLength($0) }
        case "minLength": return Self.count(value).map { .minLength($0) }
        case "maxItems": return Self.count(value).map { .maxItems($0) }
        case "minItems": return Self.count(value).map { .minItems($0) }
        case "maxProperties": return Self.count(value).map { .maxProperties($0) }
        case "minProperties": return Self.count(value).map { .minProperties($0) }
        case "uniqueItems": return value.boolValue == true ? .uniqueItems : nil
        case "pattern":
            guard let text = value.stringValue else { return nil }
            return .pattern(try pattern(text, at: keyword))
        case "required": return .required(Self.names(value))
        case "dependentRequired":
            return .dependentRequired((value.objectValue ?? JSONObject()).map { ($0.key, Self.names($0.value)) })
        default: return nil
        }
    }

    private mutating func applicator(
        _ keyword: String,
        _ value: JSON,
        _ members: JSONObject,
        _ dialect: Dialect
    ) throws(SchemaError) -> Rule.Kind? {
        switch keyword {
        case "allOf": return .allOf(try children(keyword, value))
        case "anyOf": return .anyOf(try children(keyword, value), nil)
        case "oneOf": return .oneOf(try children(keyword, value), nil)
        case "not": return .not(try child(keyword))
        case "if":
            return .conditional(
                condition: try child(keyword),
                then: members["then"] == nil ? nil : try child("then"),
                otherwise: members["else"] == nil ? nil : try child("else")
            )
        case "dependentSchemas": return .dependentSchemas(try self.members(keyword, value))
        case "prefixItems" where !dialect.hasItemsArrays: return .prefixItems(try children(keyword, value))
        case "items":
            if dialect.hasItemsArrays, value.arrayValue != nil { return .prefixItems(try children(keyword, value)) }
            let before = dialect.hasItemsArrays ? nil : members["prefixItems"]?.arrayValue
            return .items(try child(keyword), from: before?.count ?? 0)
        case "additionalItems" where dialect.hasItemsArrays:
            guard let before = members["items"]?.arrayValue else { return nil }
            return .items(try child(keyword), from: before.count)
        case "contains":
            let counts = dialect.has(.validation)
            return .contains(
                try child(keyword),
                atLeast: counts ? members["minContains"].flatMap { Self.count($0) } ?? 1 : 1,
                atMost: counts ? members["maxContains"].flatMap { Self.count($0) } : nil
            )
        case "properties":
            var table: [MemberName: Int] = [:]
            for (key, schema) in try self.members(keyword, value) { table[MemberName(key)] = schema }
            return .properties(table)
        case "patternProperties":
            var list: [(pattern: Pattern, schema: Int)] = []
            for (key, schema) in try self.members(keyword, value) {
                list.append((try pattern(key, at: keyword), schema))
            }
            return .patternProperties(list)
        case "additionalProperties":
            var patterns: [Pattern] = []
            for (key, _) in members["patternProperties"]?.objectValue ?? JSONObject() {
                patterns.append(try pattern(key, at: "patternProperties"))
            }
            let names = members["properties"]?.objectValue?.keys ?? []
            return .additionalProperties(
                try child(keyword),
                besides: Set(names.map { MemberName($0) }),
                patterns: patterns
            )
        case "propertyNames": return .propertyNames(try child(keyword))
        default: return nil
        }
    }

    /// A count as an integer; larger than any instance counts as `Int.max`.
    private static func count(_ value: JSON) -> Int? {
        guard let number = value.numberValue else { return nil }
        return number.int ?? (number > 0 ? .max : 0)
    }

    private static func names(_ value: JSON) -> [String] { (value.arrayValue ?? []).compactMap(\.stringValue) }
}

extension Rule {
    /// The rank in which the rules of a subschema are applied.
    fileprivate var order: Int {
        switch kind {
        case .types: 0
        case .constant, .enumeration, .multipleOf, .maximum, .exclusiveMaximum, .minimum, .exclusiveMinimum, .maxLength,
            .minLength, .maxItems, .minItems, .maxProperties, .minProperties, .required, .dependentRequired:
            1
        case .properties, .prefixItems: 2
        case .patternProperties, .items, .pattern, .format: 3
        case .additionalProperties, .propertyNames, .contains, .uniqueItems: 4
        case .reference, .allOf, .anyOf, .oneOf, .not, .conditional, .dependentSchemas: 5
        case .unevaluatedItems, .unevaluatedProperties: 6
        case .annotation, .content: 7
        }
    }
}
