extension Evaluator {
    /// Rules that apply subschemas to members.
    mutating func checkMembers(
        _ rule: Rule,
        _ object: JSONObject,
        _ frame: inout Frame,
        _ outcome: inout Outcome
    ) -> Bool {
        var holds = true
        var evaluated: [JSON] = []
        for (position, member) in object.members.enumerated() {
            steps -= 1
            var applies: [(schema: Int, tokens: [String])] = []
            switch rule.kind {
            case .properties(let table):
                if let schema = table[MemberName(member.key)] { applies = [(schema, [rule.keyword, member.key])] }
            case .patternProperties(let list):
                for (pattern, schema) in list where matches(pattern, member.key) {
                    applies.append((schema, [rule.keyword, pattern.source]))
                }
            case .additionalProperties(let schema, let names, let patterns):
                guard !names.contains(MemberName(member.key)) else { continue }
                var isOther = true
                for pattern in patterns where matches(pattern, member.key) { isOther = false }
                if isOther { applies = [(schema, [rule.keyword])] }
            case .unevaluatedProperties(let schema):
                if !frame.marks.isMarked(position) { applies = [(schema, [rule.keyword])] }
            case .propertyNames(let schema):
                var inner = Outcome()
                // A name is no place in the instance, so annotations of it have none either.
                if !applyInside(schema, to: .string(member.key), at: member.key, [rule.keyword], frame, &inner) {
                    holds = false
                    outcome.children += inner.children
                    if outcome.failure == nil {
                        outcome.failure = OutputFailure(
                            message: "the member's name \(member.key.quoted) is not allowed",
                            actual: .string(member.key),
                            tokens: [member.key]
                        )
                    }
                }
            default: break
            }
            if isExhausted { return false }
            for (schema, tokens) in applies {
                var inner = Outcome()
                let fits: Bool
                if program.subschemas[schema].boolean == false {
                    fits = false
                    inner.children = [forbidden(member.key, schema, rule, tokens, object, frame)]
                    steps -= Self.failureSteps
                } else {
                    fits = applyInside(schema, to: member.value, at: member.key, tokens, frame, &inner)
                }
                if !fits { holds = false }
                outcome.children += inner.children
                if frame.tracks { frame.marks.mark(position, of: object.count) }
            }
            if !applies.isEmpty { evaluated.append(.string(member.key)) }
            if isExhausted { return false }
        }
        if holds {
            if case .propertyNames = rule.kind {
            } else if !object.isEmpty || !evaluated.isEmpty {
                outcome.annotation = .array(evaluated)
            }
        }
        return holds
    }

    /// The unit for a member that no schema allows.
    private mutating func forbidden(
        _ key: String,
        _ schema: Int,
        _ rule: Rule,
        _ tokens: [String],
        _ object: JSONObject,
        _ frame: Frame
    ) -> OutputUnit {
        let names = hintsLeft > 0 ? allowedNames(rule, frame) : []
        // A name that is there already was not meant.
        let nearest = suggestion(for: key, among: names.filter { object[$0] == nil })
        let failure = OutputFailure(
            keyword: rule.keyword == "properties" || rule.keyword == "patternProperties" ? "false" : rule.keyword,
            message: "the member \(key.quoted) is not allowed here",
            hint: nearest.map { "did you mean \($0.quoted)?" }
                ?? (names.isEmpty ? nil : "allowed are \(names.quotedList(atMost: 30))"),
            suggestion: nearest
        )
        return OutputUnit(
            keyword: "",
            schema: schema,
            path: frame.path.appending(tokens),
            instance: frame.instance.appending(key),
            isValid: false,
            failure: failure
        )
    }

    private func allowedNames(_ rule: Rule, _ frame: Frame) -> [String] {
        switch rule.kind {
        case .additionalProperties(_, let besides, _): besides.map(\.text).sorted()
        case .unevaluatedProperties: program.memberNames(of: frame.schema)
        default: []
        }
    }

    /// Rules that apply subschemas to elements or compare them.
    mutating func checkElements(
        _ rule: Rule,
        _ elements: [JSON],
        _ frame: inout Frame,
        _ outcome: inout Outcome
    ) -> Bool {
        switch rule.kind {
        case .prefixItems(let schemas):
            var holds = true
            for (position, schema) in schemas.enumerated() where position < elements.count {
                if !applyInside(
                    schema,
                    to: elements[position],
                    at: String(position),
                    [rule.keyword, String(position)],
                    frame,
                    &outcome
                ) {
                    holds = false
                }
                if frame.tracks { frame.marks.mark(position, of: elements.count) }
            }
            if !elements.isEmpty {
                outcome.annotation =
                    schemas.count >= elements.count ? true : .number(JSONNumber(schemas.count - 1))
            }
            return holds
        case .items(let schema, let start):
            guard start < elements.count else { return true }
            if frame.tracks { frame.marks.all = true }
            outcome.annotation = true
            return checkEach(start..<elements.count, schema, rule, elements, frame, &outcome)
        case .unevaluatedItems(let schema):
            var holds = true
            for position in elements.indices where !frame.marks.isMarked(position) {
                outcome.annotation = true
                if !checkEach(position..<position + 1, schema, rule, elements, frame, &outcome) {
                    holds = false
                }
            }
            if frame.tracks { frame.marks.all = true }
            return holds
        case .contains(let schema, let atLeast, let atMost):
            return checkContains(rule, schema, atLeast, atMost, elements, &frame, &outcome)
        case .uniqueItems: return checkUnique(elements, &outcome)
        default: return true
        }
    }

    private mutating func checkEach(
        _ range: Range<Int>,
        _ schema: Int,
        _ rule: Rule,
        _ elements: [JSON],
        _ frame: Frame,
        _ outcome: inout Outcome
    ) -> Bool {
        var holds = true
        for position in range {
            steps -= 1
            if !applyInside(schema, to: elements[position], at: String(position), [rule.keyword], frame, &outcome) {
                holds = false
                if isExhausted { return false }
            }
        }
        return holds
    }

    private mutating func checkContains(
        _ rule: Rule,
        _ schema: Int,
        _ atLeast: Int,
        _ atMost: Int?,
        _ elements: [JSON],
        _ frame: inout Frame,
        _ outcome: inout Outcome
    ) -> Bool {
        var matching: [Int] = []
        for (position, element) in elements.enumerated() {
            var inner = Outcome()
            if applyInside(schema, to: element, at: String(position), [rule.keyword], frame, &inner) {
                matching.append(position)
                outcome.children += inner.children
                if frame.tracks { frame.marks.mark(position, of: elements.count) }
            }
            if isExhausted { return false }
        }
        if matching.count < atLeast {
            outcome.failure = OutputFailure(
                keyword: atLeast == 1 ? "contains" : "minContains",
                message:
                    "must hold at least \(atLeast) matching element\(atLeast == 1 ? "" : "s"), but holds \(matching.count)",
                limit: .number(JSONNumber(atLeast)),
                actual: .number(JSONNumber(matching.count))
            )
            return false
        }
        if let atMost, matching.count > atMost {
            outcome.failure = OutputFailure(
                keyword: "maxContains",
                message:
                    "must hold at most \(atMost) matching element\(atMost == 1 ? "" : "s"), but holds \(matching.count)",
                limit: .number(JSONNumber(atMost)),
                actual: .number(JSONNumber(matching.count))
            )
            return false
        }
        outcome.annotation =
            matching.count == elements.count && !elements.isEmpty
            ? true : .array(matching.map { .number(JSONNumber($0)) })
        return true
    }

    private mutating func checkUnique(_ elements: [JSON], _ outcome: inout Outcome) -> Bool {
        var positions: [JSON: Int] = [:]
        for (position, element) in elements.enumerated() {
            steps -= 1
            if let earlier = positions.updateValue(position, forKey: element) {
                outcome.failure = OutputFailure(
                    message: "the elements \(earlier) and \(position) are equal, but all must differ",
                    actual: element.short
                )
                return false
            }
        }
        return true
    }
}
