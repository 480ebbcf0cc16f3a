/// Internet addresses, mail addresses and UUIDs.
enum AddressFormats {
    /// Source: RFC 2673, section 3.2 (dotted-quad).
    static func isIPv4(_ text: some Collection<UInt8>) -> Bool {
        var parts = 0
        return text.allParts(by: UInt8(ascii: ".")) { part in
            parts += 1
            guard (1...3).contains(part.count), part.allSatisfy(ASCII.isDigit) else { return false }
            // A leading zero means octal to some readers.
            if part.count > 1, part.first == UInt8(ascii: "0") { return false }
            return part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
        } && parts == 4
    }

    /// Source: RFC 4291, section 2.2.
    static func isIPv6(_ text: some RandomAccessCollection<UInt8>) -> Bool {
        guard text.count >= 2, text.count <= 45 else { return false }
        let colon = UInt8(ascii: ":")
        var rest = text[...]
        var groups = 0
        var hasGap = false
        if rest.starts(with: "::".utf8) {
            hasGap = true
            rest = rest.dropFirst(2)
            if rest.isEmpty { return true }
        }
        while true {
            let length = rest.prefix(while: ASCII.isHexadecimal).count
            let after = rest.dropFirst(length)
            if after.first == UInt8(ascii: ".") {
                // The last two groups may be written as an address of version 4.
                return (hasGap ? groups <= 5 : groups == 6) && isIPv4(rest)
            }
            guard (1...4).contains(length) else { return false }
            groups += 1
            if after.isEmpty { break }
            guard after.first == colon else { return false }
            rest = after.dropFirst()
            if rest.first == colon {
                guard !hasGap else { return false }
                hasGap = true
                rest = rest.dropFirst()
                if rest.isEmpty { break }
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }

    /// Source: RFC 9562, section 4.
    static func isUUID(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count == 36 else { return false }
        for (index, byte) in text.enumerated() {
            switch index {
            case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return false }
            default: guard ASCII.isHexadecimal(byte) else { return false }
            }
        }
        return true
    }

    /// Source: RFC 5321, section 4.1.2 (Mailbox); RFC 6531, section 3.3, for international ones.
    static func isEmail(_ text: UnsafeBufferPointer<UInt8>, international: Bool) -> Bool {
        guard let at = text.lastIndex(of: UInt8(ascii: "@")), at > 0, at <= 64 else { return false }
        let local = text[..<at]
        let isQuoted = local.count >= 2 && local.first == UInt8(ascii: "\"") && local.last == UInt8(ascii: "\"")
        guard isQuoted ? isQuotedString(local, international) : isDotString(local, international) else { return false }
        let domain = UnsafeBufferPointer(rebasing: text[(at + 1)...])
        if domain.first == UInt8(ascii: "["), domain.last == UInt8(ascii: "]") {
            let literal = domain.dropFirst().dropLast()
            let tag = "IPv6:"
            return literal.starts(with: tag.utf8) ? isIPv6(literal.dropFirst(tag.utf8.count)) : isIPv4(literal)
        }
        return international
            ? HostnameFormats.isInternationalHostname(domain) : HostnameFormats.isHostname(domain)
    }

    private static func isDotString(_ local: some Sequence<UInt8>, _ international: Bool) -> Bool {
        var previous = UInt8(ascii: ".")
        for byte in local {
            if byte == UInt8(ascii: ".") {
                guard previous != byte else { return false }
            } else {
                let isAtom = ASCII.isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
                guard isAtom || international && byte >= 0x80 else { return false }
            }
            previous = byte
        }
        return previous != UInt8(ascii: ".")
    }

    private static func isQuotedString(_ local: Slice<UnsafeBufferPointer<UInt8>>, _ international: Bool) -> Bool {
        var isEscaped = false
        for byte in local.dropFirst().dropLast() {
            guard (0x20...0x7E).contains(byte) || international && byte >= 0x80 else { return false }
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                return false
            }
        }
        return !isEscaped
    }
}
