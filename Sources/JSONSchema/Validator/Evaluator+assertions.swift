extension Evaluator {
    /// Checks a rule that needs no subschemas.
    ///
    /// - Returns: `nil` if it holds.
    mutating func assertion(_ rule: Rule, _ value: JSON) -> OutputFailure? {
        switch rule.kind {
        case .types(let types):
            if types.allows(value) { return nil }
            let names = (rule.value.arrayValue ?? [rule.value]).compactMap(\.stringValue)
            return failure(rule, value) { "must be \(Self.typeList(names)), but is \(value.summary)" }
        case .constant(let constant):
            if value == constant { return nil }
            return failure(rule, value) { "must be \(constant.summary), but is \(value.summary)" }
        case .enumeration(let values):
            if values.contains(value) { return nil }
            return enumerationFailure(rule, value)
        case .required(let names):
            guard case .object(let object) = value else { return nil }
            let missing = names.filter { object[$0] == nil }
            return missing.isEmpty ? nil : missingFailure(missing, object)
        case .dependentRequired(let list):
            guard case .object(let object) = value else { return nil }
            for (key, names) in list where object[key] != nil {
                let missing = names.filter { object[$0] == nil }
                if let first = missing.first {
                    return OutputFailure(
                        message: "the member \(first.quoted) is missing, which \(key.quoted) requires"
                    )
                }
            }
            return nil
        case .multipleOf, .maximum, .exclusiveMaximum, .minimum, .exclusiveMinimum:
            guard case .number(let number) = value else { return nil }
            return numberFailure(rule, number)
        case .maxLength, .minLength, .pattern, .format:
            guard case .string(let text) = value else { return nil }
            return textFailure(rule, text)
        case .maxItems, .minItems:
            guard case .array(let elements) = value else { return nil }
            return countFailure(rule, elements.count, "element")
        case .maxProperties, .minProperties:
            guard case .object(let object) = value else { return nil }
            return countFailure(rule, object.count, "member")
        default: return nil
        }
    }

    private func failure(_ rule: Rule, _ value: JSON, _ message: () -> String) -> OutputFailure {
        OutputFailure(message: message(), limit: rule.value.short, actual: value.short)
    }

    private static func typeList(_ names: [String]) -> String {
        let phrases = names.map { name in
            switch name {
            case "null": "null"
            case "array", "object", "integer": "an " + name
            default: "a " + name
            }
        }
        guard let last = phrases.last, phrases.count > 1 else { return phrases.first ?? "" }
        return phrases.dropLast().joined(separator: ", ") + " or " + last
    }

    private mutating func enumerationFailure(_ rule: Rule, _ value: JSON) -> OutputFailure {
        let values = rule.value.arrayValue ?? []
        let list = values.prefix(20).map(\.summary).joined(separator: ", ") + (values.count > 20 ? ", …" : "")
        let nearest = value.stringValue.flatMap { suggestion(for: $0, among: values.compactMap(\.stringValue)) }
        return OutputFailure(
            message: "must be one of \(list), but is \(value.summary)",
            limit: rule.value.short,
            actual: value.short,
            hint: nearest.map { "did you mean \($0.quoted)?" },
            suggestion: nearest
        )
    }

    private func missingFailure(_ missing: [String], _ object: JSONObject) -> OutputFailure {
        let message =
            missing.count == 1
            ? "the member \(missing[0].quoted) is missing" : "the members \(missing.quotedList(atMost: 30)) are missing"
        return OutputFailure(message: message, limit: .array(missing.map { .string($0) }))
    }

    private func numberFailure(_ rule: Rule, _ number: JSONNumber) -> OutputFailure? {
        let holds: Bool
        let demand: String
        switch rule.kind {
        case .multipleOf(let divisor):
            holds = number.isMultiple(of: divisor)
            demand = "a multiple of"
        case .maximum(let limit):
            holds = number <= limit
            demand = "at most"
        case .exclusiveMaximum(let limit):
            holds = number < limit
            demand = "less than"
        case .minimum(let limit):
            holds = number >= limit
            demand = "at least"
        case .exclusiveMinimum(let limit):
            holds = number > limit
            demand = "more than"
        default: return nil
        }
        if holds { return nil }
        return failure(rule, .number(number)) { "must be \(demand) \(rule.value), but is \(number)" }
    }

    private mutating func textFailure(_ rule: Rule, _ text: String) -> OutputFailure? {
        switch rule.kind {
        case .maxLength(let limit):
            if text.utf8.count <= limit { return nil }
            let length = text.unicodeScalars.count
            if length <= limit { return nil }
            return failure(rule, .number(JSONNumber(length))) {
                "must have at most \(limit) \(limit == 1 ? "character" : "characters"), but has \(length)"
            }
        case .minLength(let limit):
            let length = text.unicodeScalars.count
            if length >= limit { return nil }
            return failure(rule, .number(JSONNumber(length))) {
                "must have at least \(limit) \(limit == 1 ? "character" : "characters"), but has \(length)"
            }
        case .pattern(let pattern):
            if matches(pattern, text) { return nil }
            return failure(rule, .string(text)) { "must match the pattern \(pattern.source), but is \(text.quoted)" }
        case .format(let format):
            if format.matches(text) { return nil }
            return failure(rule, .string(text)) { "must be in the format \(format.rawValue), but is \(text.quoted)" }
        default: return nil
        }
    }

    private func countFailure(_ rule: Rule, _ count: Int, _ noun: String) -> OutputFailure? {
        switch rule.kind {
        case .maxItems(let limit), .maxProperties(let limit):
            if count <= limit { return nil }
            return failure(rule, .number(JSONNumber(count))) {
                "must have at most \(limit) \(noun)\(limit == 1 ? "" : "s"), but has \(count)"
            }
        case .minItems(let limit), .minProperties(let limit):
            if count >= limit { return nil }
            return failure(rule, .number(JSONNumber(count))) {
                "must have at least \(limit) \(noun)\(limit == 1 ? "" : "s"), but has \(count)"
            }
        default: return nil
        }
    }
}
