extension Machine {
    /// An element in a hash table of elements.
    private struct Place: BitwiseCopyable {
        var node: Int32 = -1
        var hash: UInt32 = 0
    }

    /// Whether no two elements of an array are equal, in time proportional to its size; allocates the table.
    ///
    /// The hash is keyed anew in each process, so that nobody can choose elements that collide.
    mutating func isUniqueByHash(_ node: Int) -> Bool {
        let count = entries[node].count
        var size = 2
        while size < count * 2 { size *= 2 }
        let table = UnsafeMutableBufferPointer<Place>.allocate(capacity: size)
        defer { table.deallocate() }
        table.initialize(repeating: Place())
        // Looking up costs more than a step elsewhere.
        steps -= 4 * entries[node].span
        var position = node + 1
        for _ in 0..<count {
            guard steps > 0 else { return false }
            let hash = UInt32(truncatingIfNeeded: hash(position))
            var slot = Int(hash) & (size - 1)
            while table[slot].node >= 0 {
                if table[slot].hash == hash, isEqual(Int(table[slot].node), position) { return false }
                slot = (slot + 1) & (size - 1)
            }
            table[slot] = Place(node: Int32(truncatingIfNeeded: position), hash: hash)
            position += entries[position].span
        }
        return true
    }

    /// Equal values have equal hashes, whatever the order of their members and the form of their numbers.
    private mutating func hash(_ node: Int) -> Int {
        let entry = entries[node]
        var hasher = Hasher()
        hasher.combine(entry.kind.rawValue)
        switch entry.kind {
        case .null, .false, .true: break
        case .number: hasher.combine(entry.number(numbers))
        case .string: hasher.combine(bytes: string(entry))
        case .array:
            var position = node + 1
            for _ in 0..<entry.count {
                hasher.combine(hash(position))
                position += entries[position].span
            }
        case .object:
            var sum = 0
            var position = node + 1
            for _ in 0..<entry.count {
                var member = Hasher()
                member.combine(bytes: string(entries[position]))
                member.combine(hash(position + 1))
                sum &+= member.finalize()
                position += 1 + entries[position + 1].span
            }
            hasher.combine(sum)
        }
        return hasher.finalize()
    }

    private mutating func string(_ entry: JSONTape.Entry) -> UnsafeRawBufferPointer {
        steps -= entry.length >> 4
        return UnsafeRawBufferPointer(start: bytes(entry), count: entry.length)
    }
}
