extension Machine {
    /// Whether a value is one of the constants `a..<a+b`.
    @inline(never)
    mutating func isConstant(_ instruction: MachineCode.Instruction, _ node: Int) -> Bool {
        for index in Int(instruction.a)..<Int(instruction.a + instruction.b) {
            if isEqual(node, code.constants[index]) { return true }
            steps &-= 1
            if steps <= 0 { return false }
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
            steps &-= elements.count >> 3
            return true
        case .object(let object):
            guard entry.kind == .object, entry.count == object.count else { return false }
            var cursor = Cursor(entry, node)
            for member in object.members {
                var key = member.key
                let found: Int? = key.withUTF8 { utf8 in
                    guard let start = UnsafeRawPointer(utf8.baseAddress) ?? UnsafeRawPointer(bitPattern: 1) else {
                        return nil
                    }
                    return find(JSONTape.payload(start, utf8.count), start, with: &cursor)
                }
                guard let found, isEqual(found, member.value) else { return false }
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
            var cursor = Cursor(second, right)
            for _ in 0..<first.count {
                let name = entries[position]
                guard let other = find(name.payload, bytes(name), with: &cursor), isEqual(position + 1, other) else {
                    return false
                }
                position += 1 + entries[position + 1].span
            }
            return true
        }
    }

    /// Where the search for the next member starts: mostly, equal objects have their members in one order.
    private struct Cursor {
        let first: Int
        let count: Int
        var member = 0
        var position: Int

        init(_ entry: JSONTape.Entry, _ node: Int) {
            first = node + 1
            count = entry.count
            position = first
        }
    }

    /// Finds a member's value by its name's payload and bytes, first where the one before was found.
    ///
    /// - Returns: `nil` also once the steps are spent.
    private mutating func find(_ payload: UInt64, _ name: UnsafeRawPointer, with cursor: inout Cursor) -> Int? {
        guard steps > 0 else { return nil }
        for looks in 0..<cursor.count {
            if cursor.member == cursor.count {
                cursor.member = 0
                cursor.position = cursor.first
            }
            let entry = entries[cursor.position]
            let value = cursor.position + 1
            cursor.member += 1
            cursor.position = value + entries[value].span
            if entry.payload == payload, JSONTape.isEqual(bytes(entry), name, entry.length) {
                steps &-= looks >> 3
                return value
            }
        }
        steps &-= cursor.count >> 3
        return nil
    }
}
