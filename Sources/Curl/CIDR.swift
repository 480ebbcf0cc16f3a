/// A range of addresses, such as `10.0.0.0/8` or `fd00::/8`.
///
/// `Sendable`. A range of IPv4 contains IPv4 addresses only.
///
/// Source: RFC 4632, section 3.1; RFC 4291, section 2.3.
public struct CIDR: Sendable, Hashable, CustomStringConvertible {
    /// The lowest address.
    public let base: IPAddress

    /// How many leading bits are fixed: 0...32 or 0...128.
    public let prefixLength: Int

    /// Reads a range; an address alone is a range of one.
    ///
    /// - Parameter text: an address, optionally followed by `/` and the prefix length.
    /// - Throws: ``CurlError`` with the code ``CurlError/Code/badAddressRange`` and a message that says what is wrong.
    public init(parsing text: String) throws(CurlError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parsing: parts[0]) else {
            throw CurlError(
                .badAddressRange,
                "\"\(text)\": \"\(parts[0])\" is not an IPv4 or IPv6 address",
                hint: "write it like 192.0.2.0/24 or 2001:db8::/32"
            )
        }
        let width = address.family == .v4 ? 32 : 128
        guard parts.count == 2 else {
            self.init(unchecked: address, prefixLength: width)
            return
        }
        guard parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let length = Int(parts[1]), length <= width else {
            throw CurlError(.badAddressRange, "\"\(text)\": the prefix length must be a number from 0 to \(width)")
        }
        self.init(unchecked: address, prefixLength: length)
        guard base == address else {
            throw CurlError(
                .badAddressRange,
                "\"\(text)\": \(address) has bits set after the first \(length)",
                hint: "did you mean \(base)/\(length) or \(address)/\(width)?"
            )
        }
    }

    /// From an address whose bits after the prefix are dropped.
    init(unchecked address: IPAddress, prefixLength: Int) {
        self.prefixLength = prefixLength
        switch address.family {
        case .v4:
            base = IPAddress(v4: UInt32(address.low & Self.mask(32 + prefixLength)))
        case .v6:
            base = IPAddress(
                high: address.high & Self.mask(min(prefixLength, 64)),
                low: address.low & Self.mask(max(prefixLength - 64, 0))
            )
        }
    }

    /// Whether the address lies in the range.
    public func contains(_ address: IPAddress) -> Bool {
        address.family == base.family && CIDR(unchecked: address, prefixLength: prefixLength).base == base
    }

    /// `10.0.0.0/8`.
    public var description: String { "\(base)/\(prefixLength)" }

    /// The upper `bits` of 64 set.
    private static func mask(_ bits: Int) -> UInt64 {
        bits == 0 ? 0 : ~0 << UInt64(64 - bits)
    }
}
