/// Reads one JSON text onto a tape.
///
/// Containers that are still open hold the index of the one around them where they will hold their span, so no
/// stack grows with the depth of the text.
struct JSONReader {
    /// Beyond this, walking a tree of the values would endanger a small stack, whatever the limits say.
    private static let depthCeiling = 512
    /// Up to so many members, names are compared pair by pair.
    private static let pairwiseLimit = 16

    let text: UnsafeRawBufferPointer
    let limits: JSONLimits
    var position = 0
    private var entries: RawList<JSONTape.Entry>
    var unescaped: [UInt8] = []
    private var numbers: [JSONNumber] = []
    /// The names of all open objects.
    private var names = RawList<Name>(capacity: 16)

    private struct Name {
        var entry: Int32
        /// Where the text names it: unescaped names have left their place.
        var offset: Int32
    }

    private init(_ text: UnsafeRawBufferPointer, limits: JSONLimits) {
        self.text = text
        self.limits = limits
        // A guess that fits most texts; most entries stand for more than six bytes.
        entries = RawList<JSONTape.Entry>(capacity: min(text.count, limits.sizeBytes) / 6 + 8)
    }

    /// Reads onto a tape that is kept.
    static func tape(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> JSONTape {
        try read(bytes, limits: limits) { reader in
            JSONTape(
                entries: Array(reader.entries.elements),
                text: bytes,
                unescaped: reader.unescaped,
                numbers: reader.numbers
            )
        }
    }

    /// Reads into a tree; the tape is gone when it is there.
    static func tree(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> JSON {
        try read(bytes, limits: limits) { reader in
            reader.unescaped.withUnsafeBytes { unescaped in
                JSONTree.make(
                    entries: reader.entries.elements,
                    text: reader.text,
                    unescaped: unescaped,
                    numbers: reader.numbers
                )
            }
        }
    }

    @inline(__always)
    private static func read<Product>(
        _ bytes: [UInt8],
        limits: JSONLimits,
        make: (borrowing JSONReader) -> Product
    ) throws(JSONError) -> Product {
        let result: Result<Product, JSONError> = bytes.withUnsafeBytes { text in
            var reader = JSONReader(text, limits: limits)
            defer {
                reader.entries.deallocate()
                reader.names.deallocate()
            }
            do throws(JSONError) {
                try reader.document()
                return .success(make(reader))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private mutating func document() throws(JSONError) {
        guard text.count <= min(limits.sizeBytes, Int(Int32.max)) else {
            throw error(.tooLarge, at: 0, "the text is too large (bytes)", limit: limits.sizeBytes, actual: text.count)
        }
        if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF {
            throw error(.byteOrderMark, at: 0, "the text starts with a byte order mark")
        }
        try values()
        guard skipSpace() == nil else {
            throw error(.trailingContent, at: position, "something follows the value")
        }
    }

    // MARK: Structure

    private mutating func values() throws(JSONError) {
        let depthLimit = min(limits.depth, Self.depthCeiling)
        var container = -1
        var isObject = false
        var count: UInt32 = 0
        var depth = 0
        while true {
            // Here a value must follow.
            var isOpening = false
            switch skipSpace() {
            case UInt8(ascii: "\""): try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                guard depth <= depthLimit else {
                    throw error(
                        .tooDeep,
                        at: position,
                        "arrays and objects are nested too deep",
                        limit: depthLimit,
                        actual: depth
                    )
                }
                isOpening = true
                if container >= 0 { entries[container].detail = count + 1 }
                isObject = text[position] == UInt8(ascii: "{")
                entries.append(
                    JSONTape.Entry(
                        kind: isObject ? .object : .array,
                        flags: 0,
                        detail: 0,
                        payload: UInt64(bitPattern: Int64(container))
                    )
                )
                container = entries.count - 1
                count = 0
                position += 1
            case UInt8(ascii: "t"): try literal("true", .true)
            case UInt8(ascii: "f"): try literal("false", .false)
            case UInt8(ascii: "n"): try literal("null", .null)
            case let byte?:
                guard byte == UInt8(ascii: "-") || byte &- 0x30 <= 9 else {
                    throw unexpected("a value is expected here")
                }
                try number()
            case nil: throw unexpected("")
            }
            if isOpening {
                if skipSpace() != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    if isObject { try name() }
                    continue
                }
            } else {
                if container < 0 { return }
                count += 1
                if skipSpace() == UInt8(ascii: ",") {
                    position += 1
                    if isObject { try name() }
                    continue
                }
            }
            // Here something ends, and what is around it may end, too.
            while true {
                guard skipSpace() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw unexpected(
                        isObject
                            ? "a comma or the object's end is expected here"
                            : "a comma or the array's end is expected here"
                    )
                }
                position += 1
                depth -= 1
                let outer = Int(Int64(bitPattern: entries[container].payload))
                entries[container].detail = count
                entries[container].payload = UInt64(entries.count - container)
                if isObject, count > 0 { try checkNames(container, Int(count)) }
                container = outer
                if container < 0 { return }
                count = entries[container].detail
                isObject = entries[container].kind == .object
                if skipSpace() == UInt8(ascii: ",") {
                    position += 1
                    if isObject { try name() }
                    break
                }
            }
        }
    }

    private mutating func name() throws(JSONError) {
        guard skipSpace() == UInt8(ascii: "\"") else { throw unexpected("a member's name is expected here") }
        names.append(
            Name(entry: Int32(truncatingIfNeeded: entries.count), offset: Int32(truncatingIfNeeded: position))
        )
        try string()
        guard skipSpace() == UInt8(ascii: ":") else { throw unexpected("a colon is expected here") }
        position += 1
    }

    private mutating func literal(_ literal: StaticString, _ kind: JSONTape.Kind) throws(JSONError) {
        for byte in UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount) {
            guard position < text.count, text[position] == byte else {
                throw unexpected("\(literal) is expected here")
            }
            position += 1
        }
        entries.append(JSONTape.Entry(kind: kind, flags: 0, detail: 0, payload: 0))
    }

    // MARK: Names

    /// Looks for equal names among the last `count` ones and takes those off.
    private mutating func checkNames(_ container: Int, _ count: Int) throws(JSONError) {
        let start = names.count - count
        defer { names.removeLast(count) }
        if count == 1 { return }
        if count <= Self.pairwiseLimit {
            for right in start + 1..<names.count {
                let payload = entries[Int(names[right].entry)].payload
                for left in start..<right where entries[Int(names[left].entry)].payload == payload {
                    if isSameName(Int(names[left].entry), Int(names[right].entry)) {
                        return try duplicate(container, right, start)
                    }
                }
            }
            return
        }
        // Sorted by their bytes at last, so that no choice of names makes this slow.
        let sorted = names.elements[start...].map(\.entry).sorted { left, right in
            let leftPayload = entries[Int(left)].payload
            let rightPayload = entries[Int(right)].payload
            if leftPayload != rightPayload { return leftPayload < rightPayload }
            return bytes(Int(left)).lexicographicallyPrecedes(bytes(Int(right)))
        }
        for (left, right) in zip(sorted, sorted.dropFirst()) where isSameName(Int(left), Int(right)) {
            guard let later = names.elements.lastIndex(where: { $0.entry == max(left, right) }) else { continue }
            return try duplicate(container, later, start)
        }
    }

    private func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        let entry = entries[index]
        let start = Int(entry.detail)
        guard entry.flags & JSONTape.Entry.isUnescaped != 0 else {
            return UnsafeRawBufferPointer(rebasing: text[start..<start + entry.length])
        }
        return unescaped.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[start..<start + entry.length]) }
    }

    private func isSameName(_ left: Int, _ right: Int) -> Bool {
        entries[left].payload == entries[right].payload && bytes(left).elementsEqual(bytes(right))
    }

    private mutating func duplicate(_ container: Int, _ later: Int, _ start: Int) throws(JSONError) {
        guard limits.duplicateKeys == .keepLast else {
            let key = String(decoding: bytes(Int(names[later].entry)), as: UTF8.self)
            throw error(.duplicateKey, at: Int(names[later].offset), "an object names a member twice", key: key)
        }
        var members: [(name: Int, range: Range<Int>)] = []
        var places: [[UInt8]: Int] = [:]
        for name in names.elements[start...].map({ Int($0.entry) }) {
            let range = name + 1..<name + 1 + entries[name + 1].span
            if let known = places[Array(bytes(name))] {
                members[known].range = range
            } else {
                places[Array(bytes(name))] = members.count
                members.append((name, range))
            }
        }
        let kept = members.flatMap { [entries[$0.name]] + entries.elements[$0.range] }
        entries.removeLast(entries.count - container - 1)
        for entry in kept { entries.append(entry) }
        entries[container].detail = UInt32(members.count)
        entries[container].payload = UInt64(entries.count - container)
    }

    // MARK: Scalars

    private mutating func number() throws(JSONError) {
        let start = position
        let isNegative = text[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let firstDigit = position
        var value: Int64 = 0
        while position < text.count {
            let digit = text[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value &* 10 &+ Int64(digit)
            position += 1
        }
        let digits = position - firstDigit
        let next = position < text.count ? text[position] : 0
        if digits > 0, digits <= 18, digits == 1 || text[firstDigit] != UInt8(ascii: "0"),
            next | 0x20 != UInt8(ascii: "e"),
            limits.numberBytes > 20
        {
            if next != UInt8(ascii: ".") {
                if isNegative { value = -value }
                entries.append(
                    JSONTape.Entry(kind: .number, flags: 0, detail: 0, payload: UInt64(bitPattern: value))
                )
                return
            }
            if let entry = shortFraction(value, digits, isNegative: isNegative) {
                entries.append(entry)
                return
            }
        }
        position = start
        let number = try anyNumber()
        entries.append(JSONTape.Entry(number, &numbers))
    }

    /// Reads the fraction of a number of at most 18 digits and no exponent, or returns `nil` if it is something else.
    private mutating func shortFraction(_ whole: Int64, _ digits: Int, isNegative: Bool) -> JSONTape.Entry? {
        let point = position
        var value = whole
        position += 1
        while position < text.count {
            let digit = text[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value &* 10 &+ Int64(digit)
            position += 1
        }
        var places = position - point - 1
        guard places > 0, digits + places <= 18, position == text.count || text[position] | 0x20 != UInt8(ascii: "e")
        else { return nil }
        while places > 0, value % 10 == 0 {
            value /= 10
            places -= 1
        }
        if isNegative { value = -value }
        return JSONTape.Entry(
            kind: .number,
            flags: places > 0 ? JSONTape.Entry.isDecimal : 0,
            detail: UInt32(bitPattern: Int32(truncatingIfNeeded: -places)),
            payload: UInt64(bitPattern: value)
        )
    }

    @inline(__always)
    private mutating func string() throws(JSONError) {
        guard let base = text.baseAddress else { return }
        let start = position
        let first = start + 1
        // Most strings are plain; a place of its own stays in a register.
        let end = Self.plainEnd(base, first, text.count)
        guard end < text.count, text[end] == UInt8(ascii: "\""), end - first <= limits.stringBytes else {
            return try anyString(start, plainEnd: end)
        }
        position = end + 1
        entries.append(
            JSONTape.Entry(
                kind: .string,
                flags: 0,
                detail: UInt32(truncatingIfNeeded: first),
                payload: JSONTape.payload(base + first, end - first)
            )
        )
    }

    /// Where the plain part of a string ends, or fewer than eight bytes before the text's end.
    @inline(__always)
    private static func plainEnd(_ base: UnsafeRawPointer, _ first: Int, _ count: Int) -> Int {
        var place = first
        while place &+ 8 <= count {
            let word = base.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let special = Self.special(word)
            if special != 0 { return place &+ (special.trailingZeroBitCount >> 3) }
            place &+= 8
        }
        return place
    }

    /// Reads a string that has escapes or more than ASCII, ends with the text, or is no string.
    @inline(never)
    private mutating func anyString(_ start: Int, plainEnd: Int) throws(JSONError) {
        guard let base = text.baseAddress else { return }
        let first = start + 1
        position = plainEnd
        var unescapedStart = -1
        var from = first
        while true {
            guard position < text.count else { throw unexpected("") }
            let byte = text[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                if unescapedStart < 0 { unescapedStart = unescaped.count }
                unescaped.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[from..<position]))
                try escape()
                from = position
            } else if byte < 0x20 {
                throw error(.controlCharacter, at: position, "a control character stands unescaped in a string")
            } else if byte < 0x80 {
                position += 1
            } else {
                try scalar()
            }
            position = Self.plainEnd(base, position, text.count)
        }
        var length = position - first
        if unescapedStart >= 0 {
            unescaped.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[from..<position]))
            length = unescaped.count - unescapedStart
        }
        position += 1
        guard length <= limits.stringBytes else {
            throw error(
                .stringTooLong,
                at: start,
                "a string is too long (bytes)",
                limit: limits.stringBytes,
                actual: length
            )
        }
        if unescapedStart < 0 {
            entries.append(
                JSONTape.Entry(
                    kind: .string,
                    flags: 0,
                    detail: UInt32(truncatingIfNeeded: first),
                    payload: JSONTape.payload(base + first, length)
                )
            )
        } else {
            let payload = unescaped.withUnsafeBytes { bytes in
                bytes.baseAddress.map { JSONTape.payload($0 + unescapedStart, length) } ?? 0
            }
            entries.append(
                JSONTape.Entry(
                    kind: .string,
                    flags: JSONTape.Entry.isUnescaped,
                    detail: UInt32(truncatingIfNeeded: unescapedStart),
                    payload: payload
                )
            )
        }
    }

    /// The highest bit of each byte that ends the plain part of a string; bytes before the first are right.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        // Zero bytes, bytes below 0x20, and bytes that are not ASCII.
        let found = (quote &- ones) | (backslash &- ones) | (word &- ones &* 0x20) | word
        return found & (ones &* 0x80)
    }
}
