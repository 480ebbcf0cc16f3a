/// How much a validator says about a value.
///
/// Sendable.
///
/// Source: JSON Schema 2020-12, core, section 12.4.
public enum SchemaOutput: Sendable, Hashable {
    /// Only whether it is valid.
    case flag
    /// All errors or annotations in one list.
    case basic
    /// Errors or annotations nested as the schema is, without what has nothing to say.
    case detailed

    func write(isValid: Bool, _ units: [OutputUnit], _ program: SchemaProgram) -> JSON {
        let list = isValid ? "annotations" : "errors"
        var result: JSONObject = ["valid": .bool(isValid)]
        switch self {
        case .flag: break
        case .basic:
            var flat: [JSON] = []
            for unit in units { Self.flatten(unit, isValid, program, into: &flat) }
            if !isValid || !flat.isEmpty { result[list] = .array(flat) }
        case .detailed:
            result["keywordLocation"] = ""
            result["instanceLocation"] = ""
            let nested = units.compactMap { Self.nest($0, isValid, program) }
            if !isValid || !nested.isEmpty { result[list] = .array(nested) }
        }
        return .object(result)
    }

    private static func flatten(_ unit: OutputUnit, _ isValid: Bool, _ program: SchemaProgram, into list: inout [JSON])
    {
        guard unit.isValid == isValid else { return }
        if !isValid || unit.annotation != nil { list.append(.object(describe(unit, program))) }
        for child in unit.children { flatten(child, isValid, program, into: &list) }
    }

    private static func nest(_ unit: OutputUnit, _ isValid: Bool, _ program: SchemaProgram) -> JSON? {
        guard unit.isValid == isValid else { return nil }
        let children = unit.children.compactMap { nest($0, isValid, program) }
        // A node with one child and nothing else to say is replaced by that child.
        if children.count == 1, unit.annotation == nil, unit.failure == nil { return children[0] }
        if children.isEmpty, isValid, unit.annotation == nil { return nil }
        var result = describe(unit, program)
        if !children.isEmpty {
            result["error"] = nil
            result[isValid ? "annotations" : "errors"] = .array(children)
        }
        result["valid"] = .bool(isValid)
        return .object(result)
    }

    private static func describe(_ unit: OutputUnit, _ program: SchemaProgram) -> JSONObject {
        let location = program.subschemas[unit.schema].location
        let keyword =
            unit.keyword.isEmpty ? "" : "/" + URIReference.fragment(JSONPointer(tokens: [unit.keyword])).dropFirst()
        var result: JSONObject = [
            "keywordLocation": .string(unit.path.pointer.description),
            "absoluteKeywordLocation": .string(location + keyword),
            "instanceLocation": .string(unit.instance.pointer.description),
        ]
        if unit.isValid {
            result["annotation"] = unit.annotation
        } else {
            let hint = unit.failure?.hint.map { " (\($0))" } ?? ""
            result["error"] = .string((unit.failure?.message ?? "a subschema does not hold") + hint)
        }
        return result
    }
}
