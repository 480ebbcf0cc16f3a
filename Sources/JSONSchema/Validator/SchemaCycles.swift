/// Finds references that lead back to themselves without going into the instance.
///
/// Source: JSON Schema 2020-12, core, section 9.4.1 (guarding against infinite recursion).
enum SchemaCycles {
    /// - Throws: ``SchemaError`` with ``SchemaError/Code/endlessReference`` or ``SchemaError/Code/tooLarge``.
    static func check(_ program: SchemaProgram) throws(SchemaError) {
        enum Mark {
            case new
            case open
            case done
        }
        var marks = [Mark](repeating: .new, count: program.subschemas.count)
        for start in program.subschemas.indices where marks[start] == .new {
            // Each entry is a subschema and how many of those it applies to the same value were followed.
            var stack = [(index: start, targets: inPlace(program.subschemas[start]), next: 0)]
            marks[start] = .open
            while let top = stack.last {
                guard top.next < top.targets.count else {
                    marks[top.index] = .done
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let target = top.targets[top.next]
                switch marks[target] {
                case .open:
                    throw SchemaError(
                        .endlessReference,
                        at: program.subschemas[target].location,
                        "the schema refers back to itself without going into the instance"
                    )
                case .new:
                    marks[target] = .open
                    stack.append((target, inPlace(program.subschemas[target]), 0))
                case .done: break
                }
            }
        }
    }

    /// The subschemas that a subschema applies to the same value.
    static func inPlace(_ subschema: Subschema) -> [Int] {
        var result: [Int] = []
        for rule in subschema.rules {
            switch rule.kind {
            case .reference(let target), .not(let target): result.append(target)
            case .allOf(let targets), .anyOf(let targets, _), .oneOf(let targets, _): result += targets
            case .conditional(let condition, let then, let otherwise):
                result += [condition] + [then, otherwise].compactMap(\.self)
            case .dependentSchemas(let members): result += members.map(\.schema)
            default: break
            }
        }
        return result
    }
}
