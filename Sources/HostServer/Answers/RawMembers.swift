/// Finds the members of a JSON object without reading their values.
///
/// For JSON that the host wrote itself: on anything that is no object, or is damaged, it finds nothing more. `Sendable`.
struct RawMembers: Sendable {
    private var members: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []

    /// Looks through an object.
    init(_ json: [UInt8]) {
        var scanner = Scanner(json)
        guard scanner.take(UInt8(ascii: "{")) else { return }
        while scanner.peek == UInt8(ascii: "\"") {
            let name = scanner.value()
            guard scanner.take(UInt8(ascii: ":")), !name.isEmpty else { return }
            let value = scanner.value()
            guard !value.isEmpty else { return }
            members.append((name.dropFirst().dropLast(), value))
            guard scanner.take(UInt8(ascii: ",")) else { return }
        }
    }

    /// The value of a member as JSON.
    subscript(name: StaticString) -> ArraySlice<UInt8>? {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return members.first { $0.name.elementsEqual(wanted) }?.value
    }

    private struct Scanner {
        let json: [UInt8]
        var position = 0

        init(_ json: [UInt8]) { self.json = json }

        var peek: UInt8? {
            mutating get {
                while position < json.count, json[position] <= 0x20 { position += 1 }
                return position < json.count ? json[position] : nil
            }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard peek == byte else { return false }
            position += 1
            return true
        }

        /// Steps over one value and returns its bytes.
        mutating func value() -> ArraySlice<UInt8> {
            guard let first = peek else { return [] }
            let start = position
            switch first {
            case UInt8(ascii: "\""): skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["): skipNested()
            default: while position < json.count, !Self.endsScalar(json[position]) { position += 1 }
            }
            return json[start..<position]
        }

        private mutating func skipString() {
            position += 1
            while position < json.count {
                let byte = json[position]
                position += byte == UInt8(ascii: "\\") ? 2 : 1
                if byte == UInt8(ascii: "\"") { return }
            }
            position = json.count
        }

        private mutating func skipNested() {
            var depth = 0
            while position < json.count {
                switch json[position] {
                case UInt8(ascii: "\""):
                    skipString()
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
                position += 1
                if depth == 0 { return }
            }
        }

        private static func endsScalar(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte <= 0x20
        }
    }
}
