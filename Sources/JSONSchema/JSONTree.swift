/// Makes a tree of the values on a tape.
///
/// Names repeat, and so do many short strings: those that were made lately are found by their hash and copied, which
/// costs less than making them again.
struct JSONTree {
    private typealias Entry = JSONTape.Entry

    /// The bytes that a string was made of.
    private struct Source: BitwiseCopyable {
        var payload: UInt64
        var start: UnsafeRawPointer?
    }

    /// Strings of up to so many bytes hold them in place, so that copies share nothing that would have to be released.
    private static let inPlaceLimit = 15
    private static let madeBits: UInt64 = 6

    private let entries: UnsafeBufferPointer<Entry>
    private let text: UnsafeRawBufferPointer
    private let unescaped: UnsafeRawBufferPointer
    private let numbers: [JSONNumber]
    /// What the strings in `made` were made of, by the upper bits of the hash.
    private let sources: UnsafeMutableBufferPointer<Source>
    private let made: UnsafeMutableBufferPointer<String>

    /// Makes a tree of one value's entries, which are at most 512 levels deep.
    static func make(
        entries: UnsafeBufferPointer<JSONTape.Entry>,
        text: UnsafeRawBufferPointer,
        unescaped: UnsafeRawBufferPointer,
        numbers: [JSONNumber]
    ) -> JSON {
        withUnsafeTemporaryAllocation(of: Source.self, capacity: 1 << madeBits) { sources in
            withUnsafeTemporaryAllocation(of: String.self, capacity: 1 << madeBits) { made in
                sources.initialize(repeating: Source(payload: 0, start: nil))
                let tree = JSONTree(
                    entries: entries,
                    text: text,
                    unescaped: unescaped,
                    numbers: numbers,
                    sources: sources,
                    made: made
                )
                return tree.value(at: 0)
            }
        }
    }

    private func value(at index: Int) -> JSON {
        let entry = entries[index]
        switch entry.kind {
        case .null: return .null
        case .false: return .bool(false)
        case .true: return .bool(true)
        case .number: return .number(entry.number(numbers))
        case .string: return .string(string(entry))
        case .array:
            // Not by the initializer that hands out uninitialized memory: it asks the runtime for the type each time.
            var elements: [JSON] = []
            elements.reserveCapacity(entry.count)
            var place = index &+ 1
            for _ in 0..<entry.count {
                elements.append(value(at: place))
                place &+= entries[place].span
            }
            return .array(elements)
        case .object:
            var members: [JSONObject.Member] = []
            members.reserveCapacity(entry.count)
            var place = index &+ 1
            for _ in 0..<entry.count {
                members.append(JSONObject.Member(key: string(entries[place]), value: value(at: place &+ 1)))
                place &+= 1 &+ entries[place &+ 1].span
            }
            return .object(JSONObject(unchecked: members))
        }
    }

    @inline(__always)
    private func string(_ entry: Entry) -> String {
        let length = entry.length
        guard length > 0,
            let base = (entry.flags & Entry.isUnescaped != 0 ? unescaped : text).baseAddress
        else { return "" }
        let start = base + Int(entry.detail)
        guard length <= Self.inPlaceLimit else { return Self.string(start, length) }
        let place = Int(truncatingIfNeeded: entry.payload >> (64 - Self.madeBits))
        if sources[place].payload == entry.payload, let source = sources[place].start,
            JSONTape.isEqual(source, start, length)
        {
            return made[place]
        }
        let string = Self.string(start, length)
        sources[place] = Source(payload: entry.payload, start: start)
        made.initializeElement(at: place, to: string)
        return string
    }

    @inline(never)
    private static func string(_ start: UnsafeRawPointer, _ length: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
}
