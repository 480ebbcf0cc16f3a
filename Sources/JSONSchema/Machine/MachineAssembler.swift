/// Translates a ``SchemaProgram`` into the tables of a ``MachineCode``.
struct MachineAssembler {
    private let program: SchemaProgram
    private(set) var blocks: [MachineCode.Block] = []
    private(set) var instructions: [MachineCode.Instruction] = []
    private(set) var objects: [MachineCode.ObjectTable] = []
    private(set) var dispatches: [MachineCode.DispatchTable] = []
    private(set) var slots: [MachineCode.Slot] = []
    private(set) var names: [MachineCode.Name] = []
    private(set) var list: [Int32] = []
    private(set) var patternEntries: [MachineCode.PatternEntry] = []
    private(set) var bytes: [UInt8] = []
    private(set) var patterns: [Pattern] = []
    private(set) var formats: [Format] = []
    private(set) var constants: [JSON] = []
    private(set) var numbers: [JSONNumber] = []
    /// How often a slot for a name was taken already.
    private var probes = 0
    private var patternIndices: [ObjectIdentifier: Int32] = [:]

    /// Names that are alike share slots; more than this is no accident.
    private static let probeLimit = 20_000_000

    init(_ program: SchemaProgram) { self.program = program }

    /// Whether the tables are whole.
    var isWhole: Bool { probes <= Self.probeLimit }

    mutating func assemble() {
        for subschema in program.subschemas {
            if let boolean = subschema.boolean {
                let block = MachineCode.Block(start: boolean ? 0 : -1, count: boolean ? 0 : 1, needsMarks: false)
                blocks += [MachineCode.Block](repeating: block, count: 8)
            } else {
                assemble(subschema)
            }
        }
    }

    /// Writes a block for each kind of value, with only what can fail for it.
    private mutating func assemble(_ subschema: Subschema) {
        var fused = fuse(subschema)
        for kind: JSONTape.Kind in [.null, .false, .true, .number, .string, .array, .object] {
            let start = instructions.count
            var isAllowed = true
            fused.wasEmitted = false
            for rule in subschema.rules {
                guard isAllowed else { break }
                isAllowed = emit(rule, for: kind, &fused)
            }
            if !isAllowed { instructions.removeSubrange(start...) }
            blocks.append(
                MachineCode.Block(
                    start: isAllowed ? Int32(start) : -1,
                    count: isAllowed ? Int32(instructions.count - start) : 1,
                    needsMarks: subschema.needsMarks && (kind == .array || kind == .object),
                    isScalar: instructions[start...].allSatisfy(\.operation.isScalar)
                )
            )
        }
        // Eight blocks a schema, so that finding one is a shift.
        blocks.append(MachineCode.Block(start: 0, count: 0, needsMarks: false))
    }

    /// The checks that are made in one walk over the members or elements.
    private struct Fused {
        var object: MachineCode.Instruction?
        var elements: MachineCode.Instruction?
        /// Whether it stands in the present block already: once, where the first of its rules stood.
        var wasEmitted = false
    }

    private mutating func fuse(_ subschema: Subschema) -> Fused {
        var fused = Fused()
        var properties: [MemberName: Int] = [:]
        var required: [String] = []
        var object = MachineCode.ObjectTable()
        object.patternStart = Int32(patternEntries.count)
        var prefix: [Int] = []
        var rest: Int32 = -1
        var hasObject = false
        var hasElements = false
        for rule in subschema.rules {
            switch rule.kind {
            case .properties(let table):
                properties = table
                hasObject = true
            case .required(let list):
                required = list
                hasObject = true
            case .patternProperties(let list):
                for (pattern, schema) in list {
                    patternEntries.append(
                        MachineCode.PatternEntry(pattern: index(of: pattern), schema: resolve(schema))
                    )
                }
                hasObject = true
            case .additionalProperties(let schema, _, _):
                object.additional = program.subschemas[schema].boolean == false ? -2 : resolve(schema)
                hasObject = true
            case .prefixItems(let schemas):
                prefix = schemas
                hasElements = true
            case .items(let schema, _):
                rest = resolve(schema)
                hasElements = true
            default: break
            }
        }
        if hasObject {
            object.patternCount = Int32(patternEntries.count) - object.patternStart
            addRequired(required, properties, to: &object)
            objects.append(object)
            fused.object = MachineCode.Instruction(operation: .object, a: Int32(objects.count - 1))
        }
        if hasElements {
            fused.elements = MachineCode.Instruction(
                operation: .elements,
                a: Int32(list.count),
                b: Int32(prefix.count),
                c: rest
            )
            list += prefix.map { resolve($0) }
        }
        return fused
    }

    private mutating func addRequired(
        _ required: [String],
        _ properties: [MemberName: Int],
        to object: inout MachineCode.ObjectTable
    ) {
        let names = Set(required.map { MemberName($0) })
        object.requiredCount = Int32(names.count)
        var targets = properties.map {
            (name: $0.key.text, target: resolve($0.value), isRequired: names.contains($0.key))
        }
        for name in names where properties[name] == nil { targets.append((name.text, -1, true)) }
        object.table = add(table: targets)
    }

    // MARK: Rules

    /// Writes the check of a rule, if it can fail for a kind of value.
    ///
    /// - Returns: `false` if it always fails.
    private mutating func emit(_ rule: Rule, for kind: JSONTape.Kind, _ fused: inout Fused) -> Bool {
        switch rule.kind {
        case .annotation, .content: break
        case .types(let types): return emit(types, for: kind)
        case .constant, .enumeration: return emitConstants(rule, for: kind)
        case .required, .properties, .patternProperties, .additionalProperties:
            guard kind == .object, let object = fused.object, !fused.wasEmitted else { break }
            instructions.append(object)
            fused.wasEmitted = true
        case .prefixItems, .items:
            guard kind == .array, let elements = fused.elements, !fused.wasEmitted else { break }
            instructions.append(elements)
            fused.wasEmitted = true
        default:
            switch kind {
            case .number: emitNumber(rule)
            case .string: emitString(rule)
            case .array: emitArray(rule)
            case .object: emitObject(rule)
            default: break
            }
            emitInPlace(rule, for: kind)
        }
        return true
    }

    private mutating func emit(_ types: TypeSet, for kind: JSONTape.Kind) -> Bool {
        switch kind {
        case .null: return types.contains(.null)
        case .false, .true: return types.contains(.boolean)
        case .string: return types.contains(.string)
        case .array: return types.contains(.array)
        case .object: return types.contains(.object)
        case .number:
            if types.contains(.number) { return true }
            if types.contains(.integer) { append(.integer) }
            return types.contains(.integer)
        }
    }

    private mutating func emitConstants(_ rule: Rule, for kind: JSONTape.Kind) -> Bool {
        var values = [rule.value]
        if case .enumeration = rule.kind { values = rule.value.arrayValue ?? [] }
        let possible = values.filter { value in
            switch value {
            case .null: kind == .null
            case .bool(let value): kind == (value ? .true : .false)
            case .number: kind == .number
            case .string: kind == .string
            case .array: kind == .array
            case .object: kind == .object
            }
        }
        guard !possible.isEmpty else { return false }
        switch kind {
        case .null, .false, .true: break
        case .string:
            let table = add(table: possible.compactMap(\.stringValue).map { ($0, 0, false) })
            append(.strings, a: table.start, b: table.mask)
        default:
            append(.constants, a: Int32(constants.count), b: Int32(possible.count))
            constants += possible
        }
        return true
    }

    private mutating func emitNumber(_ rule: Rule) {
        switch rule.kind {
        case .maximum(let number): append(.maximum, number)
        case .exclusiveMaximum(let number): append(.exclusiveMaximum, number)
        case .minimum(let number): append(.minimum, number)
        case .exclusiveMinimum(let number): append(.exclusiveMinimum, number)
        case .multipleOf(let number): append(.multipleOf, number)
        default: break
        }
    }

    private mutating func emitString(_ rule: Rule) {
        switch rule.kind {
        case .maxLength(let limit): append(.maxLength, value: Int64(limit))
        case .minLength(let limit): append(.minLength, value: Int64(limit))
        case .pattern(let pattern): append(.pattern, a: index(of: pattern))
        case .format(let format):
            append(.format, a: Int32(formats.count))
            formats.append(format)
        default: break
        }
    }

    private mutating func emitArray(_ rule: Rule) {
        switch rule.kind {
        case .maxItems(let limit): append(.maxCount, value: Int64(limit))
        case .minItems(let limit): append(.minCount, value: Int64(limit))
        case .uniqueItems: append(.uniqueItems)
        case .contains(let schema, let atLeast, let atMost):
            append(.contains, a: resolve(schema), b: Int32(clamping: atLeast), value: Int64(atMost ?? .max))
        case .unevaluatedItems(let schema): append(.unevaluatedItems, a: resolve(schema))
        default: break
        }
    }

    private mutating func emitObject(_ rule: Rule) {
        switch rule.kind {
        case .maxProperties(let limit): append(.maxCount, value: Int64(limit))
        case .minProperties(let limit): append(.minCount, value: Int64(limit))
        case .dependentRequired(let entries):
            for (key, required) in entries {
                let name = add(name: key)
                let start = Int32(names.count)
                for required in required { _ = add(name: required) }
                append(.dependentRequired, a: name, b: start, c: Int32(required.count))
            }
        case .dependentSchemas(let entries):
            for (key, schema) in entries { append(.dependentSchema, a: add(name: key), b: resolve(schema)) }
        case .propertyNames(let schema): append(.propertyNames, a: resolve(schema))
        case .unevaluatedProperties(let schema): append(.unevaluatedProperties, a: resolve(schema))
        default: break
        }
    }

    private mutating func emitInPlace(_ rule: Rule, for kind: JSONTape.Kind) {
        switch rule.kind {
        case .reference(let schema): append(.call, a: resolve(schema))
        case .allOf(let schemas): for schema in schemas { append(.call, a: resolve(schema)) }
        case .anyOf(let schemas, let dispatch), .oneOf(let schemas, let dispatch):
            var isOne = false
            if case .oneOf = rule.kind { isOne = true }
            let start = Int32(list.count)
            list += schemas.map { resolve($0) }
            if let dispatch, kind == .object {
                let targets = dispatch.branches.map { ($0.key.text, resolve($0.value), false) }
                dispatches.append(
                    MachineCode.DispatchTable(
                        table: add(table: targets),
                        key: add(name: dispatch.key),
                        isRequired: dispatch.isRequired
                    )
                )
                append(
                    .dispatch,
                    a: Int32(dispatches.count - 1),
                    b: start,
                    c: Int32(schemas.count),
                    value: isOne ? 1 : 0
                )
            } else {
                append(isOne ? .oneOf : .anyOf, a: start, b: Int32(schemas.count))
            }
        case .not(let schema): append(.not, a: resolve(schema))
        case .conditional(let condition, let then, let otherwise):
            append(
                .conditional,
                a: resolve(condition),
                b: then.map { resolve($0) } ?? -1,
                c: otherwise.map { resolve($0) } ?? -1
            )
        default: break
        }
    }

    // MARK: Tables

    private mutating func append(
        _ operation: MachineCode.Operation,
        a: Int32 = 0,
        b: Int32 = 0,
        c: Int32 = 0,
        value: Int64 = 0
    ) {
        instructions.append(MachineCode.Instruction(operation: operation, a: a, b: b, c: c, value: value))
    }

    private mutating func append(_ operation: MachineCode.Operation, _ number: JSONNumber) {
        var instruction = MachineCode.Instruction(operation: operation, a: Int32(numbers.count))
        if case .int(let value) = number.storage {
            instruction.isInteger = true
            instruction.value = value
        }
        numbers.append(number)
        instructions.append(instruction)
    }

    /// The schema that does the work of another: chains of bare references are skipped.
    private func resolve(_ schema: Int) -> Int32 {
        var schema = schema
        while program.subschemas[schema].boolean == nil, !program.subschemas[schema].needsMarks {
            var target: Int?
            for rule in program.subschemas[schema].rules {
                switch rule.kind {
                case .annotation, .content: continue
                case .reference(let index) where target == nil: target = index
                default: return Int32(schema)
                }
            }
            guard let target else { break }
            schema = target
        }
        return Int32(schema)
    }

    private mutating func index(of pattern: Pattern) -> Int32 {
        if let known = patternIndices[ObjectIdentifier(pattern)] { return known }
        patterns.append(pattern)
        patternIndices[ObjectIdentifier(pattern)] = Int32(patterns.count - 1)
        return Int32(patterns.count - 1)
    }

    private mutating func add(bytes name: String) -> MachineCode.Name {
        let start = Int32(bytes.count)
        let utf8 = Array(name.utf8)
        bytes += utf8
        let payload = utf8.withUnsafeBytes { $0.baseAddress.map { JSONTape.payload($0, utf8.count) } ?? 0 }
        return MachineCode.Name(payload: utf8.isEmpty ? JSONTape.emptyPayload : payload, start: start)
    }

    private mutating func add(name: String) -> Int32 {
        names.append(add(bytes: name))
        return Int32(names.count - 1)
    }

    private mutating func add(table: [(name: String, target: Int32, isRequired: Bool)]) -> MachineCode.Table {
        var size = 2
        while size < table.count * 2 { size *= 2 }
        let start = slots.count
        slots += [MachineCode.Slot](repeating: MachineCode.Slot(), count: size)
        for (name, target, isRequired) in table {
            if probes > Self.probeLimit { break }
            let name = add(bytes: name)
            var position = Int(truncatingIfNeeded: name.payload >> 32) & (size - 1)
            while slots[start + position].name >= 0 {
                position = (position + 1) & (size - 1)
                probes += 1
            }
            slots[start + position] = MachineCode.Slot(
                payload: name.payload,
                name: name.start,
                target: target,
                isRequired: isRequired
            )
        }
        return MachineCode.Table(start: Int32(start), mask: Int32(size - 1))
    }
}
