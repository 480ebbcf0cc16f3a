import NIOConcurrencyHelpers

/// Names requests: the caller's name if it is a decent one, else one that is unique.
///
/// A name of the host is at most 15 characters long: eight that are random at start, and a count. `Sendable`.
struct RequestIDs: Sendable {
    private let start = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
    private let count = NIOLockedValueBox<UInt32>(0)

    /// The name of a request.
    ///
    /// - Parameter wanted: what the caller sent as `x-request-id`; taken if it has 1 to 128 letters, digits, `.`, `_`, `:` and `-`.
    /// - Returns: a name for the answer and the log.
    func name(_ wanted: String?) -> String {
        if let wanted, Self.isDecent(wanted) { return wanted }
        let number = count.withLockedValue { count in
            count &+= 1
            return count
        }
        return start + String(number, radix: 36)
    }

    private static func isDecent(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }
}
