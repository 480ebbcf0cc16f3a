extension Evaluator {
    /// Rules that apply subschemas to the same value.
    mutating func checkInPlace(_ rule: Rule, _ frame: inout Frame, _ outcome: inout Outcome) -> Bool {
        switch rule.kind {
        case .reference(let target): return applyHere(target, [rule.keyword], &frame, &outcome)
        case .allOf(let schemas):
            var holds = true
            for (position, schema) in schemas.enumerated() {
                if !applyHere(schema, [rule.keyword, String(position)], &frame, &outcome) {
                    holds = false
                }
            }
            return holds
        case .anyOf(let schemas, let dispatch): return checkAny(rule, schemas, dispatch, &frame, &outcome)
        case .oneOf(let schemas, let dispatch): return checkOne(rule, schemas, dispatch, &frame, &outcome)
        case .not(let schema):
            var inner = Outcome()
            let holds = !applyHere(schema, [rule.keyword], &frame, &inner, counts: false)
            if !holds {
                outcome.failure =
                    hasForbidden(schema, frame.value)
                    ?? OutputFailure(
                        message: "must not match the schema in `not`, but \(frame.value.summary) does",
                        actual: frame.value.short
                    )
            }
            return holds
        case .conditional(let condition, let then, let otherwise):
            var inner = Outcome()
            if applyHere(condition, ["if"], &frame, &inner) {
                outcome.children += inner.children
                return then.map { applyHere($0, ["then"], &frame, &outcome) } ?? true
            }
            return otherwise.map { applyHere($0, ["else"], &frame, &outcome) } ?? true
        case .dependentSchemas(let members):
            guard case .object(let object) = frame.value else { return true }
            var holds = true
            for (key, schema) in members where object[key] != nil {
                if !applyHere(schema, [rule.keyword, key], &frame, &outcome) {
                    holds = false
                }
            }
            return holds
        default: return true
        }
    }

    private mutating func checkAny(
        _ rule: Rule,
        _ schemas: [Int],
        _ dispatch: Dispatch?,
        _ frame: inout Frame,
        _ outcome: inout Outcome
    ) -> Bool {
        if let holds = dispatched(dispatch, rule, schemas, &frame, &outcome) { return holds }
        var holds = false
        for (position, schema) in schemas.enumerated() {
            var inner = Outcome()
            if applyHere(schema, [rule.keyword, String(position)], &frame, &inner) {
                holds = true
                outcome.children += inner.children
            } else {
                outcome.branches.append(OutputBranch(schema: schema, units: inner.children))
            }
        }
        if isExhausted { return false }
        if !holds {
            outcome.children = outcome.branches.flatMap(\.units)
            outcome.failure =
                missesAll(schemas, isOne: false)
                ?? OutputFailure(
                    message: "matches none of the \(schemas.count) alternatives",
                    actual: frame.value.short
                )
        }
        return holds
    }

    private mutating func checkOne(
        _ rule: Rule,
        _ schemas: [Int],
        _ dispatch: Dispatch?,
        _ frame: inout Frame,
        _ outcome: inout Outcome
    ) -> Bool {
        if let holds = dispatched(dispatch, rule, schemas, &frame, &outcome) { return holds }
        var matching: [Int] = []
        let before = frame.marks
        for (position, schema) in schemas.enumerated() {
            var inner = Outcome()
            if applyHere(schema, [rule.keyword, String(position)], &frame, &inner) {
                matching.append(position)
                outcome.children += inner.children
            } else {
                outcome.branches.append(OutputBranch(schema: schema, units: inner.children))
            }
        }
        if isExhausted { return false }
        if matching.count == 1 { return true }
        frame.marks = before
        if matching.isEmpty {
            outcome.children = outcome.branches.flatMap(\.units)
            outcome.failure =
                missesAll(schemas, isOne: true)
                ?? OutputFailure(
                    message: "matches none of the \(schemas.count) alternatives",
                    actual: frame.value.short
                )
        } else {
            outcome.children = []
            outcome.branches = []
            let list = matching.map { "number \($0 + 1)" }.joined(separator: ", ")
            outcome.failure =
                hasSeveral(schemas, matching)
                ?? OutputFailure(
                    message: "must match exactly one of the \(schemas.count) alternatives, but matches \(list)",
                    actual: frame.value.short
                )
        }
        return false
    }

    /// Applies only the branch that one member names, or returns `nil` where no member does.
    private mutating func dispatched(
        _ dispatch: Dispatch?,
        _ rule: Rule,
        _ schemas: [Int],
        _ frame: inout Frame,
        _ outcome: inout Outcome
    ) -> Bool? {
        guard let dispatch, case .object(let members) = frame.value else { return nil }
        guard let named = members[dispatch.key] else {
            guard dispatch.isRequired else { return nil }
            outcome.failure = OutputFailure(
                keyword: "required",
                message: "the member \"\(dispatch.key)\" is missing, which says what this is",
                hint: "it is one of \(dispatch.names.quotedList(atMost: 30))"
            )
            return false
        }
        if case .string(let text) = named, let branch = dispatch.branches[MemberName(text)] {
            let position = schemas.firstIndex(of: branch) ?? 0
            return applyHere(branch, [rule.keyword, String(position)], &frame, &outcome)
        }
        if case .string(let text) = named {
            let nearest = suggestion(for: text, among: dispatch.names)
            outcome.failure = OutputFailure(
                message: "\(text.quoted) is no known value of \"\(dispatch.key)\"",
                actual: named.short,
                hint: nearest.map { "did you mean \($0.quoted)?" }
                    ?? "it is one of \(dispatch.names.quotedList(atMost: 30))",
                suggestion: nearest,
                tokens: [dispatch.key]
            )
        } else {
            outcome.failure = OutputFailure(
                message: "\"\(dispatch.key)\" must be a string, but is \(named.summary)",
                actual: named.short,
                hint: "it is one of \(dispatch.names.quotedList(atMost: 30))",
                tokens: [dispatch.key]
            )
        }
        return false
    }
}
