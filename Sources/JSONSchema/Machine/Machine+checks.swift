extension Machine {
    // MARK: Scalars

    @inline(never)
    mutating func number(_ instruction: MachineCode.Instruction, _ entry: JSONTape.Entry) -> Bool {
        if entry.flags == 0, instruction.isInteger || instruction.operation == .integer {
            let value = Int64(bitPattern: entry.payload)
            switch instruction.operation {
            case .integer: return true
            case .maximum: return value <= instruction.value
            case .exclusiveMaximum: return value < instruction.value
            case .minimum: return value >= instruction.value
            case .exclusiveMinimum: return value > instruction.value
            default: break
            }
        }
        if entry.flags == JSONTape.Entry.isDecimal, instruction.isInteger {
            let places = -Int(Int32(bitPattern: entry.detail))
            if places > 0, places <= 18, let holds = decimal(instruction, Int64(bitPattern: entry.payload), places) {
                return holds
            }
        }
        let value = entry.number(numbers)
        if instruction.operation == .integer { return value.isInteger }
        let bound = code.numbers[Int(instruction.a)]
        switch instruction.operation {
        case .maximum: return value <= bound
        case .exclusiveMaximum: return value < bound
        case .minimum: return value >= bound
        case .exclusiveMinimum: return value > bound
        default: return value.isMultiple(of: bound)
        }
    }

    /// Compares a number of so many places after the point with a whole one, or returns `nil` if that is not asked.
    private mutating func decimal(_ instruction: MachineCode.Instruction, _ mantissa: Int64, _ places: Int) -> Bool? {
        let value = Int128(mantissa)
        let bound = Int128(instruction.value) * Int128(JSONNumber.powersOfTen[places])
        switch instruction.operation {
        case .integer: return false
        case .maximum: return value <= bound
        case .exclusiveMaximum: return value < bound
        case .minimum: return value >= bound
        case .exclusiveMinimum: return value > bound
        default: return nil
        }
    }

    mutating func string(_ instruction: MachineCode.Instruction, _ entry: JSONTape.Entry) -> Bool {
        let length = entry.length
        switch instruction.operation {
        case .maxLength:
            let limit = Int(instruction.value)
            // A scalar takes one to four bytes.
            return length <= limit || (length + 3) / 4 <= limit && scalars(entry) <= limit
        case .minLength:
            let limit = Int(instruction.value)
            return length >= limit && ((length + 3) / 4 >= limit || scalars(entry) >= limit)
        case .pattern: return matches(instruction.a, entry)
        default:
            let text = UnsafeBufferPointer(
                start: bytes(entry).assumingMemoryBound(to: UInt8.self),
                count: length
            )
            return code.formats[Int(instruction.a)].matches(text)
        }
    }

    private mutating func scalars(_ entry: JSONTape.Entry) -> Int {
        let start = bytes(entry)
        var count = 0
        for offset in 0..<entry.length where start.load(fromByteOffset: offset, as: UInt8.self) & 0xC0 != 0x80 {
            count += 1
        }
        return count
    }

    mutating func matches(_ pattern: Int32, _ entry: JSONTape.Entry) -> Bool {
        let text = UnsafeBufferPointer(
            start: bytes(entry).assumingMemoryBound(to: UInt8.self),
            count: entry.length
        )
        let table = code.patternTables[Int(pattern)]
        if table.cells != nil {
            steps &-= 1 &+ text.count >> 3
            return table.matches(text)
        }
        guard let isMatch = code.patterns[Int(pattern)].matches(text, steps: &steps) else {
            steps = 0
            return false
        }
        return isMatch
    }

    // MARK: The same value

    @inline(never)
    mutating func dispatch(_ instruction: MachineCode.Instruction, _ node: Int, _ region: Int) -> Bool {
        let dispatch = code.dispatches[Int(instruction.a)]
        guard let chosen = member(dispatch.key, of: node) else {
            if dispatch.isRequired { return false }
            return alternatives(instruction.b, instruction.c, isOne: instruction.value == 1, node, region)
        }
        guard entries[chosen].kind == .string, let slot = find(entries[chosen], dispatch.table) else { return false }
        return run(slot.pointee.target, node, region)
    }

    @inline(never)
    mutating func inPlace(_ instruction: MachineCode.Instruction, _ node: Int, _ region: Int) -> Bool {
        switch instruction.operation {
        case .anyOf: return alternatives(instruction.a, instruction.b, isOne: false, node, region)
        case .oneOf: return alternatives(instruction.a, instruction.b, isOne: true, node, region)
        case .not: return !run(instruction.a, node, -1) && steps > 0
        case .conditional:
            if attempt(instruction.a, node, region) {
                return instruction.b < 0 || run(instruction.b, node, region)
            }
            return steps > 0 && (instruction.c < 0 || run(instruction.c, node, region))
        case .dependentRequired:
            guard member(instruction.a, of: node) != nil else { return steps > 0 }
            for name in instruction.b..<instruction.b + instruction.c
            where steps <= 0 || member(name, of: node) == nil {
                return false
            }
            return steps > 0
        case .dependentSchema:
            return steps > 0 && (member(instruction.a, of: node) == nil || run(instruction.b, node, region))
        default: return true
        }
    }

    private mutating func alternatives(
        _ start: Int32,
        _ count: Int32,
        isOne: Bool,
        _ node: Int,
        _ region: Int
    ) -> Bool {
        var found = 0
        for index in Int(start)..<Int(start + count) {
            guard attempt(code.list[index], node, region) else {
                if steps <= 0 { return false }
                continue
            }
            found += 1
            if isOne {
                if found > 1 { return false }
            } else if region < 0 {
                return true
            }
        }
        return found > 0
    }

    /// Applies a schema whose failure is no failure: then it has marked nothing.
    private mutating func attempt(_ schema: Int32, _ node: Int, _ region: Int) -> Bool {
        guard region >= 0 else { return run(schema, node, -1) }
        let inner = open(node)
        let holds = run(schema, node, inner)
        close(inner, node, into: holds ? region : -1)
        return holds
    }

    /// Up to so many entries, elements are compared pair by pair; above, a set is made of them.
    private static let pairwiseLimit = 128

    @inline(never)
    mutating func isUnique(_ node: Int) -> Bool {
        let count = entries[node].count
        if count < 2 { return true }
        if entries[node].span > Self.pairwiseLimit { return isUniqueByHash(node) }
        steps -= count * count / 2
        var left = node + 1
        for index in 0..<count - 1 {
            var right = left + entries[left].span
            let next = right
            for _ in index + 1..<count {
                if isEqual(left, right) { return false }
                right += entries[right].span
            }
            left = next
        }
        return true
    }
}
