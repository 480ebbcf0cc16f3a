internal import CCurl
internal import Glibc

/// An IPv4 or IPv6 address.
///
/// `Sendable`. There is one spelling of each IPv4 address: four decimal numbers without leading zeros. An IPv6 zone is
/// never accepted. An IPv4-mapped IPv6 address stays an IPv6 address.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The version of IP.
    public enum Family: Sendable, Hashable {
        /// 32 bits.
        case v4

        /// 128 bits.
        case v6
    }

    /// The version of IP.
    public let family: Family

    /// The upper 64 bits of an IPv6 address; zero for IPv4.
    let high: UInt64

    /// The lower 64 bits; for IPv4 the address itself.
    let low: UInt64

    /// An IPv4 address from its 32 bits.
    init(v4 bits: UInt32) {
        family = .v4
        high = 0
        low = UInt64(bits)
    }

    /// An IPv6 address from its two halves.
    init(high: UInt64, low: UInt64) {
        family = .v6
        self.high = high
        self.low = low
    }

    /// Reads an address, or returns nil.
    ///
    /// - Parameter text: `192.0.2.1` or an IPv6 address in any form of RFC 4291, without brackets and without a zone.
    public init?(parsing text: some StringProtocol) {
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var bytes: [UInt8] = Array(repeating: 0, count: 16)
        let text = String(text)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(bytes: bytes, count: 4)
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(bytes: bytes, count: 16)
        } else {
            return nil
        }
    }

    /// From 4 or 16 bytes in network order; nil for another count.
    init?(bytes: [UInt8], count: Int) {
        guard bytes.count >= count else { return nil }
        func word(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        switch count {
        case 4: self.init(v4: UInt32(word(0..<4)))
        case 16: self.init(high: word(0..<8), low: word(8..<16))
        default: return nil
        }
    }

    /// From a socket address; nil unless it is of IP.
    init?(_ address: UnsafePointer<sockaddr>) {
        var bytes: [UInt8] = Array(repeating: 0, count: 16)
        var port: UInt16 = 0
        let count = Int(ccurl_address_bytes(address, &bytes, &port))
        self.init(bytes: bytes, count: count)
    }

    /// The usual spelling: `192.0.2.1`, `2001:db8::1`.
    public var description: String {
        var bytes: [UInt8] = []
        let halves: [UInt64] = family == .v4 ? [low << 32] : [high, low]
        for half in halves {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: half >> shift)) }
        }
        var text: [CChar] = Array(repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family == .v4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
            return ""
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
