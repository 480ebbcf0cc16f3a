extension Evaluator {
    /// The longest description of a schema that is repeated in a hint, in characters.
    private static let descriptionLimit = 200
    /// The most members of a value that are looked at for a misspelled one.
    private static let memberLimit = 100

    /// The name that was probably meant; only looked for a hundred times, since that is dear and nobody reads more.
    mutating func suggestion(for name: String, among candidates: [String]) -> String? {
        guard hintsLeft > 0 else { return nil }
        hintsLeft -= 1
        return NearestName.suggestion(for: name, among: candidates)
    }

    /// Adds to a failure what may help to put it right.
    mutating func explained(_ failure: OutputFailure, _ rule: Rule, _ frame: Frame) -> OutputFailure {
        guard failure.hint == nil, hintsLeft > 0 else { return failure }
        var failure = failure
        switch rule.kind {
        case .pattern, .format:
            failure.hint = description(of: frame.schema)
        case .required(let names):
            guard case .object(let object) = frame.value else { break }
            hintsLeft -= 1
            let known = Set(program.memberNames(of: frame.schema).map(MemberName.init))
            let unknown = object.members.prefix(Self.memberLimit).map(\.key).filter { !known.contains(MemberName($0)) }
            guard !unknown.isEmpty else { break }
            for name in names where object[name] == nil {
                guard let written = NearestName.suggestion(for: name, among: unknown) else { continue }
                failure.hint = "did you mean \(name.quoted) where it says \(written.quoted)?"
                failure.suggestion = name
                break
            }
        default: break
        }
        return failure
    }

    /// What a schema says of itself to people: its title and description.
    private func description(of schema: Int) -> String? {
        var parts: [String] = []
        for keyword in ["title", "description"] {
            for rule in program.subschemas[schema].rules where rule.keyword == keyword {
                if case .string(let text) = rule.value { parts.append(text) }
            }
        }
        let text = parts.joined(separator: ": ")
        return text.isEmpty || text.unicodeScalars.count > Self.descriptionLimit ? nil : text
    }

    // MARK: Alternatives that only demand members

    /// The failure of a value that has none of the members that one alternative or another demands.
    func missesAll(_ schemas: [Int], isOne: Bool) -> OutputFailure? {
        guard let alternatives = alternatives(schemas) else { return nil }
        let list = alternatives.map(Self.together).joined(separator: ", ")
        return OutputFailure(
            message: "must have \(isOne ? "exactly" : "at least") one of the members \(list), but has none"
        )
    }

    /// The failure of a value that has the members of several alternatives.
    func hasSeveral(_ schemas: [Int], _ matching: [Int]) -> OutputFailure? {
        guard let alternatives = alternatives(schemas) else { return nil }
        let list = alternatives.map(Self.together).joined(separator: ", ")
        let found = matching.map { Self.together(alternatives[$0]) }.joined(separator: " and ")
        return OutputFailure(message: "must have exactly one of the members \(list), but has \(found)")
    }

    /// The failure of a value that has members which must not be there together.
    func hasForbidden(_ schema: Int, _ value: JSON) -> OutputFailure? {
        guard case .object(let object) = value else { return nil }
        var choices = [schema]
        let rules = program.subschemas[schema].rules.filter { !$0.isAnnotation }
        if rules.count == 1, case .anyOf(let schemas, _) = rules[0].kind { choices = schemas }
        guard let present = alternatives(choices)?.first(where: { names in names.allSatisfy { object[$0] != nil } })
        else { return nil }
        return OutputFailure(
            message: present.count == 1
                ? "must not have the member \(present[0].quoted)"
                : "must not have the members \(Self.together(present)) at once"
        )
    }

    /// The members that each schema demands, if none of them demands anything else.
    private func alternatives(_ schemas: [Int]) -> [[String]]? {
        var result: [[String]] = []
        for schema in schemas {
            let rules = program.subschemas[schema].rules.filter { !$0.isAnnotation }
            guard program.subschemas[schema].boolean == nil, rules.count == 1,
                case .required(let names) = rules[0].kind,
                !names.isEmpty
            else { return nil }
            result.append(names)
        }
        return result.isEmpty ? nil : result
    }

    private static func together(_ names: [String]) -> String { names.map(\.quoted).joined(separator: " and ") }
}

extension Rule {
    /// Whether it can never fail.
    var isAnnotation: Bool {
        switch kind {
        case .annotation, .content: true
        default: false
        }
    }
}
