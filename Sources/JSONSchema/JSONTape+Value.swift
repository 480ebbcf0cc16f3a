extension JSONTape {
    /// One value of a tape.
    ///
    /// Sendable; keeps the tape alive.
    public struct Value: Sendable {
        let tape: JSONTape
        let index: Int

        private var entry: Entry { tape.entries[index] }

        /// What the value is.
        public var kind: Kind { entry.kind }

        /// Whether the value is `null`.
        public var isNull: Bool { entry.kind == .null }

        /// The boolean, or `nil` if the value is not one.
        public var boolValue: Bool? {
            switch entry.kind {
            case .true: true
            case .false: false
            default: nil
            }
        }

        /// The number, or `nil` if the value is not one.
        public var numberValue: JSONNumber? {
            entry.kind == .number ? entry.number(tape.numbers) : nil
        }

        /// The number as an `Int`, or `nil` if the value is no number, has a fraction or does not fit.
        public var intValue: Int? { numberValue?.int }

        /// The string, or `nil` if the value is not one.
        public var stringValue: String? {
            entry.kind == .string ? tape.string(entry) : nil
        }

        /// How many elements or members there are; 0 for anything else.
        public var count: Int {
            entry.kind == .array || entry.kind == .object ? entry.count : 0
        }

        /// The elements of an array; none for anything else.
        public var elements: Elements { Elements(self) }

        /// The members of an object, in order; none for anything else.
        public var members: Members { Members(self) }

        /// The member with this name, or `nil` if there is none or the value is not an object.
        ///
        /// Members are looked at one after the other, and names compared by code points.
        public subscript(key: String) -> Value? {
            guard entry.kind == .object else { return nil }
            var key = key
            let found: Int? = key.withUTF8 { utf8 in
                guard let base = utf8.baseAddress else { return find(UnsafeRawPointer(bitPattern: 1), 0, payload: 0) }
                let start = UnsafeRawPointer(base)
                return find(start, utf8.count, payload: JSONTape.payload(start, utf8.count))
            }
            return found.map { Value(tape: tape, index: $0) }
        }

        private func find(_ key: UnsafeRawPointer?, _ length: Int, payload: UInt64) -> Int? {
            guard let key else { return nil }
            var position = index + 1
            for _ in 0..<entry.count {
                let name = tape.entries[position]
                if name.payload == payload {
                    let isSame = tape.bytes(of: name).withUnsafeBytes { bytes in
                        length == 0 || bytes.baseAddress.map { JSONTape.isEqual($0, key, length) } ?? false
                    }
                    if isSame { return position + 1 }
                }
                position += 1 + tape.entries[position + 1].span
            }
            return nil
        }

        /// The element at this position, or `nil` if it is out of range or the value is not an array.
        public subscript(index: Int) -> Value? {
            guard entry.kind == .array, index >= 0, index < entry.count else { return nil }
            var position = self.index + 1
            for _ in 0..<index { position += tape.entries[position].span }
            return Value(tape: tape, index: position)
        }

        /// Whether the value is this string, without making one.
        ///
        /// - Parameter text: ASCII.
        /// - Returns: `false` also if it is no string.
        public func isString(_ text: StaticString) -> Bool {
            guard entry.kind == .string, entry.length == text.utf8CodeUnitCount else { return false }
            return tape.bytes(of: entry).elementsEqual(
                UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            )
        }

        /// The value as a tree.
        public var json: JSON { tape.tree(at: index) }
    }

    /// The elements of an array.
    ///
    /// Sendable.
    public struct Elements: Sequence, IteratorProtocol, Sendable {
        private let tape: JSONTape
        private var position: Int
        private var left: Int

        init(_ value: Value) {
            tape = value.tape
            position = value.index + 1
            left = value.kind == .array ? value.count : 0
        }

        /// The next element, or `nil` after the last.
        public mutating func next() -> Value? {
            guard left > 0 else { return nil }
            left -= 1
            defer { position += tape.entries[position].span }
            return Value(tape: tape, index: position)
        }
    }

    /// The members of an object.
    ///
    /// Sendable.
    public struct Members: Sequence, IteratorProtocol, Sendable {
        private let tape: JSONTape
        private var position: Int
        private var left: Int

        init(_ value: Value) {
            tape = value.tape
            position = value.index + 1
            left = value.kind == .object ? value.count : 0
        }

        /// The next member, or `nil` after the last.
        public mutating func next() -> (key: String, value: Value)? {
            guard left > 0 else { return nil }
            left -= 1
            let key = tape.string(tape.entries[position])
            let value = Value(tape: tape, index: position + 1)
            position += 1 + tape.entries[position + 1].span
            return (key, value)
        }
    }

    func bytes(of entry: Entry) -> ArraySlice<UInt8> {
        let start = Int(entry.detail)
        return (entry.flags & Entry.isUnescaped != 0 ? unescaped : text)[start..<start + entry.length]
    }

    func string(_ entry: Entry) -> String { String(decoding: bytes(of: entry), as: UTF8.self) }

    /// Makes a tree of a value and all inside it.
    func tree(at index: Int) -> JSON {
        entries.withUnsafeBufferPointer { entries in
            text.withUnsafeBytes { text in
                unescaped.withUnsafeBytes { unescaped in
                    JSONTree.make(
                        entries: UnsafeBufferPointer(rebasing: entries[index..<index + entries[index].span]),
                        text: text,
                        unescaped: unescaped,
                        numbers: numbers
                    )
                }
            }
        }
    }
}
