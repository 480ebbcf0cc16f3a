/// Where in a distributed trace a call stands: what `traceparent` and `tracestate` carry.
///
/// `Sendable`; 40 bytes and the state.
///
/// Source: W3C Trace Context, level 2.
public struct TraceContext: Sendable, Hashable {
    /// The whole trace, 128 bits, not 0: the upper half.
    public var traceHigh: UInt64
    /// The lower half.
    public var traceLow: UInt64
    /// The span of the caller, not 0.
    public var span: UInt64
    /// `sampled` (1) and `random` (2); others are not passed on.
    public var flags: UInt8
    /// What tracing systems tell each other, as `tracestate` has it; empty if nothing.
    public var state: String

    /// The flags that this version knows.
    private static let knownFlags: UInt8 = 0b11

    /// Reads the header fields of a call; nil if `traceparent` is malformed, whatever `tracestate` says then.
    ///
    /// - Parameters:
    ///   - parent: the value of `traceparent`.
    ///   - state: the values of `tracestate` joined by commas; nil if there was none. One that is malformed is dropped by itself.
    public init?(parent: String, state: String? = nil) {
        let bytes = Array(parent.utf8)
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let version = Self.hex(bytes[0..<2]), version != 0xFF,
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]), high | low != 0,
            let span = Self.hex(bytes[36..<52]), span != 0, let flags = Self.hex(bytes[53..<55])
        else { return nil }
        // Later versions may say more, after another dash.
        guard bytes.count == 55 || version > 0 && bytes[55] == Self.dash else { return nil }
        traceHigh = high
        traceLow = low
        self.span = span
        self.flags = UInt8(flags) & Self.knownFlags
        self.state = state.flatMap(Self.checked) ?? ""
    }

    /// Whether the caller records this trace.
    public var isSampled: Bool { flags & 1 != 0 }

    /// The same trace, with a span of the host's own as the parent of what follows: 64 random bits; 0 is taken for 1.
    public func child(span: UInt64) -> TraceContext {
        var child = self
        child.span = span == 0 ? 1 : span
        return child
    }

    /// The value of `traceparent`: `00-<trace>-<span>-<flags>`.
    public var parent: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(55)
        Self.append(0, digits: 2, to: &bytes)
        bytes.append(Self.dash)
        Self.append(traceHigh, digits: 16, to: &bytes)
        Self.append(traceLow, digits: 16, to: &bytes)
        bytes.append(Self.dash)
        Self.append(span, digits: 16, to: &bytes)
        bytes.append(Self.dash)
        Self.append(UInt64(flags), digits: 2, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The trace's id, 32 hexadecimal digits.
    public var trace: String { String(parent.dropFirst(3).prefix(32)) }

    // MARK: tracestate

    /// How long the state may be that is passed on; the standard asks for at least this much.
    private static let stateBytes = 512
    /// How many members it may have.
    private static let stateMembers = 32
    /// Members longer than this go first where not all can be passed on.
    private static let longMemberBytes = 128

    /// What of a `tracestate` is passed on; nil if it is malformed.
    private static func checked(_ state: String) -> String? {
        var members: [Substring] = []
        var keys: Set<Substring> = []
        for part in state.split(separator: ",") {
            let member = part.drop { $0 == " " || $0 == "\t" }
            let trimmed = member.prefix(member.count - member.reversed().prefix { $0 == " " || $0 == "\t" }.count)
            if trimmed.isEmpty { continue }
            guard let equals = trimmed.firstIndex(of: "="), isKey(trimmed[..<equals]),
                isValue(trimmed[trimmed.index(after: equals)...]), keys.insert(trimmed[..<equals]).inserted
            else { return nil }
            members.append(trimmed)
        }
        guard members.count <= stateMembers else { return nil }
        func length() -> Int { members.reduce(max(0, members.count - 1)) { $0 + $1.utf8.count } }
        // Whole members only, the long ones first, then from the end.
        while length() > stateBytes, let long = members.lastIndex(where: { $0.utf8.count > longMemberBytes }) {
            members.remove(at: long)
        }
        while length() > stateBytes { members.removeLast() }
        return members.joined(separator: ",")
    }

    /// Lower-case letters, digits and `_-*/`, and one `@` at most; starts with a letter or digit.
    private static func isKey(_ key: Substring) -> Bool {
        guard (1...256).contains(key.utf8.count), key.utf8.count(where: { $0 == UInt8(ascii: "@") }) <= 1,
            let first = key.utf8.first, isLetterOrDigit(first)
        else { return false }
        return key.utf8.allSatisfy { isLetterOrDigit($0) || "_-*/@".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Printable ASCII without comma and equals sign, no space at the end.
    private static func isValue(_ value: Substring) -> Bool {
        guard (1...256).contains(value.utf8.count), value.last != " " else { return false }
        return value.utf8.allSatisfy { byte in
            (0x20...0x7E).contains(byte) && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "=")
        }
    }

    // MARK: Hexadecimal

    private static let dash = UInt8(ascii: "-")

    /// Lower-case digits only.
    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }

    private static func append(_ value: UInt64, digits: Int, to bytes: inout [UInt8]) {
        for place in stride(from: 4 * (digits - 1), through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(place) & 15)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
