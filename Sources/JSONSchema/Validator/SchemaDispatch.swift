/// Finds the `oneOf` and `anyOf` whose branches are told apart by the text of one member.
enum SchemaDispatch {
    /// How many references are followed from a branch to what it demands.
    private static let referenceLimit = 16

    static func add(to program: inout SchemaProgram) {
        for index in program.subschemas.indices {
            for position in program.subschemas[index].rules.indices {
                switch program.subschemas[index].rules[position].kind {
                case .oneOf(let branches, _):
                    program.subschemas[index].rules[position].kind = .oneOf(branches, find(branches, in: program))
                case .anyOf(let branches, _):
                    program.subschemas[index].rules[position].kind = .anyOf(branches, find(branches, in: program))
                default: break
                }
            }
        }
    }

    private static func find(_ branches: [Int], in program: SchemaProgram) -> Dispatch? {
        guard branches.count > 1, let first = branches.first else { return nil }
        candidates: for (key, _) in constants(first, in: program).sorted(by: { $0.key.text < $1.key.text }) {
            var dispatch = Dispatch(key: key.text, branches: [:], names: [], isRequired: true)
            for branch in branches {
                guard let texts = constants(branch, in: program)[key] else { continue candidates }
                for text in texts {
                    guard dispatch.branches[MemberName(text)] == nil else { continue candidates }
                    dispatch.branches[MemberName(text)] = branch
                    dispatch.names.append(text)
                }
                if !requires(key.text, branch, in: program) { dispatch.isRequired = false }
            }
            return dispatch
        }
        return nil
    }

    /// The subschema itself and those it refers to.
    private static func chain(_ index: Int, in program: SchemaProgram) -> [Subschema] {
        var result: [Subschema] = []
        var next: Int? = index
        while let index = next, result.count < referenceLimit {
            let subschema = program.subschemas[index]
            result.append(subschema)
            next = nil
            for rule in subschema.rules {
                if case .reference(let target) = rule.kind { next = target }
            }
        }
        return result
    }

    /// The members for which a subschema allows only certain texts.
    private static func constants(_ index: Int, in program: SchemaProgram) -> [MemberName: [String]] {
        var result: [MemberName: [String]] = [:]
        for subschema in chain(index, in: program) {
            for rule in subschema.rules {
                guard case .properties(let table) = rule.kind else { continue }
                for (key, schema) in table where result[key] == nil {
                    if let texts = texts(program.subschemas[schema]) { result[key] = texts }
                }
            }
        }
        return result
    }

    private static func texts(_ subschema: Subschema) -> [String]? {
        for rule in subschema.rules {
            switch rule.kind {
            case .constant(.string(let text)): return [text]
            case .enumeration:
                let texts = (rule.value.arrayValue ?? []).map(\.stringValue)
                if !texts.isEmpty, !texts.contains(nil) { return texts.compactMap(\.self) }
            default: break
            }
        }
        return nil
    }

    private static func requires(_ key: String, _ index: Int, in program: SchemaProgram) -> Bool {
        for subschema in chain(index, in: program) {
            for rule in subschema.rules {
                if case .required(let names) = rule.kind, names.contains(where: { $0.hasSameScalars(as: key) }) {
                    return true
                }
            }
        }
        return false
    }
}
