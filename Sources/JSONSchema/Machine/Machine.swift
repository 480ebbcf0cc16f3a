/// Runs a ``MachineCode`` over a tape: says yes or no, and allocates nothing but for what the tape itself holds
/// in large numbers.
struct Machine {
    let code: MachineCode
    let blocks: UnsafePointer<MachineCode.Block>
    let instructions: UnsafePointer<MachineCode.Instruction>
    let slots: UnsafePointer<MachineCode.Slot>
    let objects: UnsafePointer<MachineCode.ObjectTable>
    let pool: UnsafeRawPointer
    let entries: UnsafePointer<JSONTape.Entry>
    let text: UnsafeRawPointer
    let unescaped: UnsafeRawPointer
    let numbers: [JSONNumber]
    var steps: Int
    var depth = 0
    var isTooDeep = false
    /// Bits for the elements or members that were evaluated, a stack of regions.
    var marks: UnsafeMutableBufferPointer<UInt64>
    var marksTop = 0
    var ownsMarks = false

    /// How many words of marks the stack has room for before memory is allocated.
    private static let markWords = 64

    /// What comes of a run.
    enum Outcome {
        case valid
        case invalid
        /// The limit of steps was reached, so nothing is known.
        case tooManySteps
        /// The limit of levels was reached, so nothing is known.
        case tooDeep
    }

    static func run(_ code: MachineCode, _ tape: JSONTape) -> Outcome {
        guard let blocks = code.blocks.baseAddress, let instructions = code.instructions.baseAddress,
            let slots = code.slots.baseAddress, let objects = code.objects.baseAddress,
            let pool = UnsafeRawPointer(code.bytes.baseAddress)
        else { return .invalid }
        return tape.entries.withUnsafeBufferPointer { entries in
            tape.text.withUnsafeBytes { text in
                tape.unescaped.withUnsafeBytes { unescaped in
                    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.markWords) { marks in
                        guard let first = entries.baseAddress else { return .invalid }
                        var machine = Machine(
                            code: code,
                            blocks: blocks,
                            instructions: instructions,
                            slots: slots,
                            objects: objects,
                            pool: pool,
                            entries: first,
                            text: text.baseAddress ?? pool,
                            unescaped: unescaped.baseAddress ?? pool,
                            numbers: tape.numbers,
                            steps: code.limits.steps,
                            marks: marks
                        )
                        defer { if machine.ownsMarks { machine.marks.deallocate() } }
                        let holds = machine.run(code.root, 0, -1)
                        if machine.isTooDeep { return .tooDeep }
                        if machine.steps <= 0 { return .tooManySteps }
                        return holds ? .valid : .invalid
                    }
                }
            }
        }
    }

    /// Where a string's bytes are.
    @inline(__always)
    func bytes(_ entry: JSONTape.Entry) -> UnsafeRawPointer {
        (entry.flags & JSONTape.Entry.isUnescaped == 0 ? text : unescaped) + Int(entry.detail)
    }

    /// Finds a string in a hash table.
    @inline(__always)
    mutating func find(_ entry: JSONTape.Entry, _ table: MachineCode.Table) -> UnsafePointer<MachineCode.Slot>? {
        var position = Int(truncatingIfNeeded: entry.payload >> 32) & Int(table.mask)
        let start = slots + Int(table.start)
        while true {
            let slot = start + position
            guard slot.pointee.name >= 0 else { return nil }
            if slot.pointee.payload == entry.payload,
                JSONTape.isEqual(pool + Int(slot.pointee.name), bytes(entry), entry.length)
            {
                return slot
            }
            position = (position + 1) & Int(table.mask)
            // Whoever writes both the schema and the instance can make this long.
            steps &-= 1
        }
    }

    /// Finds a member by its name and returns where its value is.
    ///
    /// Mutating, as all methods that are called often: calling another kind from those would copy the machine.
    mutating func member(_ name: Int32, of node: Int) -> Int? {
        let name = code.names[Int(name)]
        steps &-= 1 &+ entries[node].count >> 3
        var position = node + 1
        for _ in 0..<entries[node].count {
            let entry = entries[position]
            if entry.payload == name.payload, JSONTape.isEqual(pool + Int(name.start), bytes(entry), entry.length) {
                return position + 1
            }
            position += 1 + entries[position + 1].span
        }
        return nil
    }

    /// Whether a value satisfies a schema.
    ///
    /// - Parameters:
    ///   - schema: its index.
    ///   - node: the value's entry.
    ///   - region: where to mark what was evaluated, or -1 if nobody asks.
    /// - Returns: `false` also once the steps are spent.
    mutating func run(_ schema: Int32, _ node: Int, _ region: Int) -> Bool {
        let block = blocks[Int(schema) &* 8 &+ Int(entries[node].kind.rawValue)]
        if block.count == 0 { return true }
        if block.start < 0 { return false }
        steps &-= 1
        if block.isScalar { return scalar(block, entries[node]) }
        if entries[node].kind.rawValue >= JSONTape.Kind.array.rawValue { steps &-= entries[node].count >> 3 }
        depth &+= 1
        defer { depth &-= 1 }
        guard steps > 0, depth <= code.limits.depth else {
            if steps > 0 { isTooDeep = true }
            steps = 0
            return false
        }
        if block.needsMarks {
            let inner = open(node)
            let holds = run(block, node, inner)
            close(inner, node, into: holds ? region : -1)
            return holds
        }
        return run(block, node, region)
    }

    /// Runs a block that only looks at one string or number.
    @inline(never)
    private mutating func scalar(_ block: MachineCode.Block, _ entry: JSONTape.Entry) -> Bool {
        var instruction = instructions + Int(block.start)
        let end = instruction + Int(block.count)
        while instruction != end {
            let holds: Bool
            switch instruction.pointee.operation {
            case .pattern: holds = matches(instruction.pointee.a, entry)
            case .strings:
                let table = MachineCode.Table(start: instruction.pointee.a, mask: instruction.pointee.b)
                holds = find(entry, table) != nil
            case .maxLength, .minLength: holds = string(instruction.pointee, entry)
            default: holds = number(instruction.pointee, entry)
            }
            if !holds { return false }
            instruction += 1
        }
        return true
    }

    @inline(never)
    private mutating func run(_ block: MachineCode.Block, _ node: Int, _ region: Int) -> Bool {
        var instruction = instructions + Int(block.start)
        let end = instruction + Int(block.count)
        while instruction != end {
            let holds: Bool
            switch instruction.pointee.operation {
            case .object: holds = object(objects + Int(instruction.pointee.a), node, region)
            case .elements: holds = elements(instruction.pointee, node, region)
            case .call: holds = run(instruction.pointee.a, node, region)
            case .strings:
                let table = MachineCode.Table(start: instruction.pointee.a, mask: instruction.pointee.b)
                holds = find(entries[node], table) != nil
            case .integer, .maximum, .exclusiveMaximum, .minimum, .exclusiveMinimum, .multipleOf:
                holds = number(instruction.pointee, entries[node])
            case .maxLength, .minLength, .pattern, .format: holds = string(instruction.pointee, entries[node])
            case .maxCount: holds = entries[node].count <= Int(instruction.pointee.value)
            case .minCount: holds = entries[node].count >= Int(instruction.pointee.value)
            case .dispatch: holds = dispatch(instruction.pointee, node, region)
            case .constants: holds = isConstant(instruction.pointee, node)
            case .uniqueItems: holds = isUnique(node)
            case .contains: holds = contains(instruction.pointee, node, region)
            case .propertyNames: holds = propertyNames(instruction.pointee.a, node)
            case .unevaluatedItems, .unevaluatedProperties: holds = unevaluated(instruction.pointee, node, region)
            case .anyOf, .oneOf, .not, .conditional, .dependentRequired, .dependentSchema:
                holds = inPlace(instruction.pointee, node, region)
            }
            if !holds { return false }
            instruction += 1
        }
        return true
    }

    // MARK: Members and elements

    @inline(never)
    private mutating func object(
        _ table: UnsafePointer<MachineCode.ObjectTable>,
        _ node: Int,
        _ region: Int
    ) -> Bool {
        let object = table.pointee
        let count = entries[node].count
        if count < Int(object.requiredCount) { return false }
        // Each name is there once, so that those that are required need only be counted.
        var seen = 0
        var position = node + 1
        for member in 0..<count {
            let value = position + 1
            var isKnown = false
            if let slot = find(entries[position], object.table) {
                if slot.pointee.isRequired { seen &+= 1 }
                if slot.pointee.target >= 0 {
                    isKnown = true
                    if !run(slot.pointee.target, value, -1) { return false }
                }
            }
            if object.patternCount > 0 {
                for index in Int(object.patternStart)..<Int(object.patternStart + object.patternCount) {
                    let entry = code.patternEntries[index]
                    guard matches(entry.pattern, entries[position]) else { continue }
                    isKnown = true
                    if !run(entry.schema, value, -1) { return false }
                }
            }
            if !isKnown, object.additional != -1 {
                if object.additional == -2 || !run(object.additional, value, -1) { return false }
                isKnown = true
            }
            if region >= 0, isKnown { mark(member, region) }
            position = value + entries[value].span
            if steps <= 0 { return false }
        }
        return seen == Int(object.requiredCount) && steps > 0
    }

    @inline(never)
    private mutating func elements(_ instruction: MachineCode.Instruction, _ node: Int, _ region: Int) -> Bool {
        let count = entries[node].count
        let prefix = min(count, Int(instruction.b))
        var position = node + 1
        for element in 0..<prefix {
            if !run(code.list[Int(instruction.a) + element], position, -1) { return false }
            position += entries[position].span
            if region >= 0 { mark(element, region) }
        }
        guard instruction.c >= 0, count > prefix else { return true }
        for element in prefix..<count {
            if !run(instruction.c, position, -1) { return false }
            position += entries[position].span
            if region >= 0 { mark(element, region) }
        }
        return true
    }

    @inline(never)
    private mutating func propertyNames(_ schema: Int32, _ node: Int) -> Bool {
        var position = node + 1
        for _ in 0..<entries[node].count {
            if !run(schema, position, -1) { return false }
            position += 1 + entries[position + 1].span
        }
        return true
    }

    @inline(never)
    private mutating func contains(_ instruction: MachineCode.Instruction, _ node: Int, _ region: Int) -> Bool {
        var found = 0
        var position = node + 1
        for element in 0..<entries[node].count {
            if run(instruction.a, position, -1) {
                found += 1
                if region >= 0 { mark(element, region) }
            }
            position += entries[position].span
        }
        return found >= Int(instruction.b) && found <= Int(instruction.value) && steps > 0
    }

    @inline(never)
    private mutating func unevaluated(_ instruction: MachineCode.Instruction, _ node: Int, _ region: Int) -> Bool {
        let isObject = entries[node].kind == .object
        var position = node + 1
        for child in 0..<entries[node].count {
            if isObject { position += 1 }
            if !isMarked(child, region), !run(instruction.a, position, -1) { return false }
            position += entries[position].span
        }
        if region >= 0 { for child in 0..<entries[node].count { mark(child, region) } }
        return true
    }

    // MARK: Marks

    /// Makes a region for the elements or members of a value, with nothing marked.
    mutating func open(_ node: Int) -> Int {
        let words = (entries[node].count + 63) >> 6
        let region = marksTop
        if region + words > marks.count {
            let larger = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 2 * (region + words))
            _ = larger.initialize(fromContentsOf: marks[..<region])
            if ownsMarks { marks.deallocate() }
            marks = larger
            ownsMarks = true
        }
        marksTop += words
        for word in region..<marksTop { marks[word] = 0 }
        return region
    }

    /// Gives a region back, after adding what it has to another.
    mutating func close(_ region: Int, _ node: Int, into other: Int) {
        let words = (entries[node].count + 63) >> 6
        if other >= 0 { for word in 0..<words { marks[other + word] |= marks[region + word] } }
        marksTop = region
    }

    @inline(__always)
    mutating func mark(_ child: Int, _ region: Int) {
        marks[region + child >> 6] |= 1 << UInt64(child & 63)
    }

    func isMarked(_ child: Int, _ region: Int) -> Bool {
        region >= 0 && marks[region + child >> 6] & 1 << UInt64(child & 63) != 0
    }
}
