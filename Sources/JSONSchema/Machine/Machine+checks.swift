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
            steps -= text.count >> 3
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
            guard member(instruction.a, of: node) != nil else { return true }
            for name in instruction.b..<instruction.b + instruction.c where member(name, of: node) == nil {
                return false
            }
            return true
        case .dependentSchema:
            return member(instruction.a, of: node) == nil || run(instruction.b, node, region)
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

    // MARK: Equality

    @inline(never)
    mutating func isConstant(_ instruction: MachineCode.Instruction, _ node: Int) -> Bool {
        for index in Int(instruction.a)..<Int(instruction.a + instruction.b) where isEqual(node, code.constants[index])
        {
            return true
        }
        return false
    }

    private mutating func isEqual(_ node: Int, _ value: JSON) -> Bool {
        let entry = entries[node]
        switch value {
        case .null: return entry.kind == .null
        case .bool(let value): return entry.kind == (value ? .true : .false)
        case .number(let number): return entry.kind == .number && entry.number(numbers) == number
        case .string(let text):
            guard entry.kind == .string, entry.length == text.utf8.count else { return false }
            return isEqual(entry, text)
        case .array(let elements):
            guard entry.kind == .array, entry.count == elements.count else { return false }
            var position = node + 1
            for element in elements {
                guard isEqual(position, element) else { return false }
                position += entries[position].span
            }
            return true
        case .object(let object):
            guard entry.kind == .object, entry.count == object.count else { return false }
            for member in object.members {
                var position = node + 1
                var isFound = false
                for _ in 0..<entry.count where !isFound {
                    let name = entries[position]
                    if name.length == member.key.utf8.count, isEqual(name, member.key) {
                        guard isEqual(position + 1, member.value) else { return false }
                        isFound = true
                    }
                    position += 1 + entries[position + 1].span
                }
                guard isFound else { return false }
            }
            return true
        }
    }

    private mutating func isEqual(_ entry: JSONTape.Entry, _ text: String) -> Bool {
        UnsafeRawBufferPointer(start: bytes(entry), count: entry.length).elementsEqual(text.utf8)
    }

    /// Whether two values of the tape are equal.
    mutating func isEqual(_ left: Int, _ right: Int) -> Bool {
        let first = entries[left]
        let second = entries[right]
        guard first.kind == second.kind else { return false }
        switch first.kind {
        case .null, .false, .true: return true
        case .number:
            if first.flags & JSONTape.Entry.isBig != 0, second.flags & JSONTape.Entry.isBig != 0 {
                return first.number(numbers) == second.number(numbers)
            }
            return first.flags == second.flags && first.payload == second.payload && first.detail == second.detail
        case .string:
            return first.payload == second.payload && JSONTape.isEqual(bytes(first), bytes(second), first.length)
        case .array:
            guard first.count == second.count else { return false }
            var leftChild = left + 1
            var rightChild = right + 1
            for _ in 0..<first.count {
                guard isEqual(leftChild, rightChild) else { return false }
                leftChild += entries[leftChild].span
                rightChild += entries[rightChild].span
            }
            return true
        case .object:
            guard first.count == second.count else { return false }
            var position = left + 1
            for _ in 0..<first.count {
                guard let other = member(entries[position], of: right), isEqual(position + 1, other) else {
                    return false
                }
                position += 1 + entries[position + 1].span
            }
            return true
        }
    }

    private mutating func member(_ name: JSONTape.Entry, of node: Int) -> Int? {
        var position = node + 1
        for _ in 0..<entries[node].count {
            let entry = entries[position]
            if entry.payload == name.payload, JSONTape.isEqual(bytes(entry), bytes(name), entry.length) {
                return position + 1
            }
            position += 1 + entries[position + 1].span
        }
        return nil
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
