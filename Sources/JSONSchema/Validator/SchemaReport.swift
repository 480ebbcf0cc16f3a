/// Turns units of output into violations that a person can act on.
struct SchemaReport {
    private let program: SchemaProgram
    private let limit: Int
    private(set) var violations: [SchemaViolation] = []

    init(_ program: SchemaProgram, limit: Int) {
        self.program = program
        self.limit = limit
    }

    var isFull: Bool { violations.count >= limit }

    mutating func add(_ units: [OutputUnit]) {
        for unit in units where !unit.isValid && !isFull { add(unit) }
    }

    private mutating func add(_ unit: OutputUnit) {
        if unit.branches.isEmpty == false {
            if let branch = chosen(unit.branches) {
                add(branch.units)
                return
            }
        } else if unit.children.contains(where: { !$0.isValid }), unit.failure == nil {
            add(unit.children)
            return
        }
        guard let failure = unit.failure else {
            add(unit.children)
            return
        }
        let subschema = program.subschemas[unit.schema]
        var instance = unit.instance.pointer
        instance.tokens += failure.tokens
        let keyword = failure.keyword ?? unit.keyword
        violations.append(
            SchemaViolation(
                instance: instance,
                keyword: keyword,
                schemaLocation: subschema.location + (unit.keyword.isEmpty ? "" : "/" + unit.keyword),
                message: failure.message,
                limit: failure.limit,
                actual: failure.actual,
                hint: failure.hint,
                suggestion: failure.suggestion
            )
        )
    }

    /// The alternative that was meant, if one stands out.
    ///
    /// An alternative that already fails by the value's type, or by one value that is demanded, was not meant.
    private func chosen(_ branches: [OutputBranch]) -> OutputBranch? {
        let plausible = branches.filter { branch in
            !branch.units.contains { isMismatch($0) }
        }
        return plausible.count == 1 ? plausible[0] : nil
    }

    private func isMismatch(_ unit: OutputUnit) -> Bool {
        guard !unit.isValid else { return false }
        switch unit.keyword {
        case "type", "const", "enum", "required", "": return true
        case "$ref", "$dynamicRef", "allOf": return unit.children.contains { isMismatch($0) }
        case "properties":
            return unit.children.contains { !$0.isValid && ($0.keyword == "const" || $0.keyword == "enum") }
        default: return false
        }
    }
}
