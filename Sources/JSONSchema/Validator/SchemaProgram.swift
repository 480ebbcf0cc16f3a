/// A compiled schema: subschemas refer to each other by index, and every reference is bound.
///
/// Dynamic references are bound as well: a subschema that is reached through scopes which bind them
/// differently is compiled once for each way.
struct SchemaProgram: Sendable {
    var subschemas: [Subschema] = []
    var root = 0
    var limits = SchemaLimits.default
}

/// One schema inside a compiled schema.
struct Subschema: Sendable {
    /// A URI with a JSON Pointer as its fragment.
    var location: String
    /// What a boolean schema says.
    var boolean: Bool?
    /// In the order in which they must be applied.
    var rules: [Rule] = []
    /// Whether it must know what its rules evaluated, because it has `unevaluatedItems` or `unevaluatedProperties`.
    var needsMarks = false
}

/// One keyword of a compiled schema.
struct Rule: Sendable {
    enum Kind: Sendable {
        case reference(Int)
        case types(TypeSet)
        case constant(JSON)
        case enumeration(Set<JSON>)
        case multipleOf(JSONNumber)
        case maximum(JSONNumber)
        case exclusiveMaximum(JSONNumber)
        case minimum(JSONNumber)
        case exclusiveMinimum(JSONNumber)
        case maxLength(Int)
        case minLength(Int)
        case pattern(Pattern)
        case format(Format)
        case maxItems(Int)
        case minItems(Int)
        case uniqueItems
        case maxProperties(Int)
        case minProperties(Int)
        case required([String])
        case dependentRequired([(key: String, names: [String])])
        case allOf([Int])
        case anyOf([Int], Dispatch?)
        case oneOf([Int], Dispatch?)
        case not(Int)
        case conditional(condition: Int, then: Int?, otherwise: Int?)
        case dependentSchemas([(key: String, schema: Int)])
        case prefixItems([Int])
        case items(Int, from: Int)
        case contains(Int, atLeast: Int, atMost: Int?)
        case properties([MemberName: Int])
        case patternProperties([(pattern: Pattern, schema: Int)])
        case additionalProperties(Int, besides: Set<MemberName>, patterns: [Pattern])
        case propertyNames(Int)
        case unevaluatedItems(Int)
        case unevaluatedProperties(Int)
        case annotation
        /// An annotation of strings only.
        case content
    }

    var keyword: String
    var kind: Kind
    /// The keyword's value.
    var value: JSON
}

/// Chooses the one branch of a `oneOf` or `anyOf` that can match, by the text of one member.
///
/// Every branch demands another text of that member, so no other branch can match.
struct Dispatch: Sendable {
    var key: String
    var branches: [MemberName: Int]
    /// In the order of the branches.
    var names: [String]
    /// Whether every branch requires the member.
    var isRequired: Bool
}

/// A member's name, compared by code points.
struct MemberName: Hashable, Sendable {
    var text: String

    init(_ text: String) { self.text = text }

    static func == (left: MemberName, right: MemberName) -> Bool { left.text.hasSameScalars(as: right.text) }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// The types that `type` allows.
struct TypeSet: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = TypeSet(rawValue: 1)
    static let boolean = TypeSet(rawValue: 2)
    static let number = TypeSet(rawValue: 4)
    static let integer = TypeSet(rawValue: 8)
    static let string = TypeSet(rawValue: 16)
    static let array = TypeSet(rawValue: 32)
    static let object = TypeSet(rawValue: 64)

    static let named: [(String, TypeSet)] = [
        ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .number), ("string", .string),
        ("array", .array), ("object", .object),
    ]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(named name: String) { self = Self.named.first { $0.0 == name }?.1 ?? [] }

    func allows(_ value: JSON) -> Bool {
        switch value {
        case .null: contains(.null)
        case .bool: contains(.boolean)
        case .number(let number): contains(.number) || contains(.integer) && number.isInteger
        case .string: contains(.string)
        case .array: contains(.array)
        case .object: contains(.object)
        }
    }
}

extension SchemaProgram {
    /// The names that a subschema and those it applies to the same value know of, sorted.
    func memberNames(of index: Int) -> [String] {
        var names: Set<MemberName> = []
        var seen: Set<Int> = []
        var pending = [index]
        while let next = pending.popLast() {
            guard seen.insert(next).inserted else { continue }
            for rule in subschemas[next].rules {
                if case .properties(let table) = rule.kind { names.formUnion(table.keys) }
            }
            pending += SchemaCycles.inPlace(subschemas[next])
        }
        return names.map(\.text).sorted()
    }
}
