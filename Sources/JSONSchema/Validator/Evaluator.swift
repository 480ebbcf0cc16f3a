/// Applies a compiled schema to a tree and says everything about it: the slow, thorough way.
///
/// It goes on after a failure and collects units of output. Whether a value is valid at all, a ``Machine`` says.
struct Evaluator {
    let program: SchemaProgram
    /// Whether what is valid is reported, too.
    let annotates: Bool
    /// How many units may still be made; more are left out.
    private var unitsLeft = 50_000
    /// How many members that are not allowed may still be explained by the names that are.
    var hintsLeft = 100
    /// What is left to spend.
    var steps: Int
    private var depthLeft: Int
    /// Whether a limit was exceeded, so that the result says nothing about the value.
    private var isOverLimit = false
    var isExhausted: Bool { isOverLimit || steps <= 0 }

    /// What it costs to put a failure into words, in steps: after ten thousand the rest is left out.
    static let failureSteps = 500
    /// A step costs far more here than in a ``Machine``, so fewer are allowed.
    private static let stepLimit = 5_000_000
    /// A level takes up to 8 KiB of the stack without optimisation, and two at most with it.
    private static let depthLimit = 400

    init(_ program: SchemaProgram, annotates: Bool) {
        self.program = program
        self.annotates = annotates
        steps = min(program.limits.steps, Self.stepLimit)
        depthLeft = min(program.limits.depth, Self.depthLimit)
    }

    /// What the rules of a subschema evaluated of one array or object.
    struct Marks {
        var all = false
        /// By position of the element or member.
        var some: [Bool] = []

        mutating func mark(_ position: Int, of count: Int) {
            if some.count < count { some += [Bool](repeating: false, count: count - some.count) }
            some[position] = true
        }

        func isMarked(_ position: Int) -> Bool { all || position < some.count && some[position] }

        mutating func merge(_ other: Marks) {
            if other.all { all = true }
            for position in other.some.indices where other.some[position] { mark(position, of: other.some.count) }
        }
    }

    /// Where a subschema is applied, how it was reached, and what comes of it.
    struct Frame {
        let value: JSON
        let instance: OutputPath
        let path: OutputPath
        var marks = Marks()
        var tracks: Bool
        /// The subschema that is being applied.
        var schema = 0
        var units: [OutputUnit] = []

        init(_ value: JSON, instance: OutputPath, path: OutputPath, tracks: Bool = false) {
            self.value = value
            self.instance = instance
            self.path = path
            self.tracks = tracks
        }
    }

    mutating func evaluate(_ value: JSON) -> (isValid: Bool, units: [OutputUnit]) {
        var frame = Frame(value, instance: .root, path: .root)
        let isValid = apply(program.root, &frame)
        return (isValid && !isExhausted, frame.units)
    }

    /// Applies a subschema; units go to the frame.
    mutating func apply(_ index: Int, _ frame: inout Frame) -> Bool {
        steps -= 1
        depthLeft -= 1
        defer { depthLeft += 1 }
        guard steps > 0, depthLeft >= 0 else {
            isOverLimit = true
            return false
        }
        let subschema = program.subschemas[index]
        if let boolean = subschema.boolean {
            if !boolean {
                let failure = OutputFailure(keyword: "false", message: "nothing is allowed here")
                frame.units.append(
                    OutputUnit(
                        keyword: "",
                        schema: index,
                        path: frame.path,
                        instance: frame.instance,
                        isValid: false,
                        failure: failure
                    )
                )
            }
            return boolean
        }
        let tracked = frame.tracks
        frame.schema = index
        if subschema.needsMarks { frame.tracks = true }
        defer { frame.tracks = tracked }
        var isValid = true
        for rule in subschema.rules {
            let before = frame.units.count
            var outcome = Outcome()
            let holds = check(rule, &frame, &outcome)
            if outcome.failure != nil { steps -= Self.failureSteps }
            frame.units.removeSubrange(before...)
            // What holds others is kept in any case, since it was there when they were made.
            let isWanted =
                isExhausted
                ? outcome.failure != nil || outcome.children.contains { !$0.isValid }
                : !holds || annotates && (outcome.annotation != nil || !outcome.children.isEmpty)
            if isWanted, unitsLeft > 0 || !outcome.children.isEmpty {
                unitsLeft -= 1
                frame.units.append(
                    OutputUnit(
                        keyword: rule.keyword,
                        schema: index,
                        path: frame.path.appending(rule.keyword),
                        instance: frame.instance,
                        isValid: holds,
                        failure: outcome.failure,
                        annotation: holds ? outcome.annotation : nil,
                        children: outcome.children,
                        branches: outcome.branches
                    )
                )
            }
            if isExhausted { return false }
            if !holds { isValid = false }
        }
        if !isValid {
            // Core, section 7.7.1.1: a schema that fails has no annotations.
            frame.units.removeAll { $0.isValid }
        }
        return isValid
    }

    /// What a rule has to say beside yes or no.
    struct Outcome {
        var failure: OutputFailure?
        var annotation: JSON?
        var children: [OutputUnit] = []
        /// The units of each alternative that failed, for `oneOf` and `anyOf`.
        var branches: [OutputBranch] = []
    }

    /// Applies a subschema to the same value; what it evaluated counts if it holds.
    mutating func applyHere(
        _ index: Int,
        _ tokens: [String],
        _ frame: inout Frame,
        _ outcome: inout Outcome,
        counts: Bool = true
    ) -> Bool {
        var inner = Frame(
            frame.value,
            instance: frame.instance,
            path: frame.path.appending(tokens),
            tracks: frame.tracks && counts
        )
        let holds = apply(index, &inner)
        if holds, frame.tracks, counts { frame.marks.merge(inner.marks) }
        outcome.children += inner.units
        return holds
    }

    /// Applies a subschema to an element or member.
    mutating func applyInside(
        _ index: Int,
        to value: JSON,
        at token: @autoclosure () -> String,
        _ tokens: [String],
        _ frame: Frame,
        _ outcome: inout Outcome
    ) -> Bool {
        var inner = Frame(value, instance: frame.instance.appending(token()), path: frame.path.appending(tokens))
        let holds = apply(index, &inner)
        outcome.children += inner.units
        return holds
    }

    /// Whether a pattern matches; exhausts the evaluator if that takes too long.
    mutating func matches(_ pattern: Pattern, _ text: String) -> Bool {
        guard let isMatch = pattern.matches(text, steps: &steps) else {
            isOverLimit = true
            return false
        }
        return isMatch
    }

    private mutating func check(_ rule: Rule, _ frame: inout Frame, _ outcome: inout Outcome) -> Bool {
        switch rule.kind {
        case .annotation:
            outcome.annotation = rule.value
            return true
        case .content:
            if case .string = frame.value { outcome.annotation = rule.value }
            return true
        case .reference, .allOf, .anyOf, .oneOf, .not, .conditional, .dependentSchemas:
            return checkInPlace(rule, &frame, &outcome)
        case .properties, .patternProperties, .additionalProperties, .propertyNames, .unevaluatedProperties:
            guard case .object(let members) = frame.value else { return true }
            return checkMembers(rule, members, &frame, &outcome)
        case .prefixItems, .items, .contains, .unevaluatedItems, .uniqueItems:
            guard case .array(let elements) = frame.value else { return true }
            return checkElements(rule, elements, &frame, &outcome)
        default:
            guard let failure = assertion(rule, frame.value) else {
                if case .format = rule.kind { outcome.annotation = rule.value }
                return true
            }
            outcome.failure = explained(failure, rule, frame)
            return false
        }
    }
}
