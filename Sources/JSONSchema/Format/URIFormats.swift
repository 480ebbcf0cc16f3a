/// URIs, IRIs and URI templates.
///
/// Source: RFC 3986, appendix A; RFC 3987, section 2.2; RFC 6570, section 2.
enum URIFormats {
    static func isURI(_ text: UnsafeBufferPointer<UInt8>, international: Bool) -> Bool {
        guard let colon = scheme(text) else { return false }
        return isRelative(UnsafeBufferPointer(rebasing: text[(colon + 1)...]), hasScheme: true, international)
    }

    static func isReference(_ text: UnsafeBufferPointer<UInt8>, international: Bool) -> Bool {
        isURI(text, international: international) || isRelative(text, hasScheme: false, international)
    }

    /// Where the colon after a scheme is.
    private static func scheme(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let first = text.first, ASCII.isLetter(first) else { return nil }
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ":") { return index }
            guard ASCII.isAlphanumeric(byte) || "+-.".utf8.contains(byte) else { return nil }
        }
        return nil
    }

    private static func isRelative(_ text: UnsafeBufferPointer<UInt8>, hasScheme: Bool, _ international: Bool) -> Bool {
        var rest = text[...]
        if let mark = rest.firstIndex(of: UInt8(ascii: "#")) {
            guard isMade(of: "/?:@", rest[(mark + 1)...], international) else { return false }
            rest = rest[..<mark]
        }
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            guard isMade(of: "/?:@", rest[(mark + 1)...], international, isQuery: true) else { return false }
            rest = rest[..<mark]
        }
        let isNetwork = rest.starts(with: "//".utf8)
        if isNetwork {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            guard isAuthority(rest[..<end], international) else { return false }
            rest = rest[end...]
        } else if !hasScheme {
            // Without a scheme, the first segment has no colon.
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            guard !rest[..<end].contains(UInt8(ascii: ":")) else { return false }
        }
        return isMade(of: "/:@", rest, international)
    }

    private static func isAuthority(_ text: Slice<UnsafeBufferPointer<UInt8>>, _ international: Bool) -> Bool {
        var host = text
        if let at = host.lastIndex(of: UInt8(ascii: "@")) {
            guard isMade(of: ":", host[..<at], international) else { return false }
            host = host[(at + 1)...]
        }
        if host.first == UInt8(ascii: "[") {
            guard let end = host.lastIndex(of: UInt8(ascii: "]")) else { return false }
            let literal = host[(host.startIndex + 1)..<end]
            guard AddressFormats.isIPv6(literal) || isFutureAddress(literal) else { return false }
            host = host[(end + 1)...]
            guard host.isEmpty || host.first == UInt8(ascii: ":") else { return false }
            return host.dropFirst().allSatisfy(ASCII.isDigit)
        }
        if let colon = host.firstIndex(of: UInt8(ascii: ":")) {
            guard host[(colon + 1)...].allSatisfy(ASCII.isDigit) else { return false }
            host = host[..<colon]
        }
        return isMade(of: "", host, international)
    }

    private static func isFutureAddress(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = text.first, first | 0x20 == UInt8(ascii: "v"),
            let dot = text.firstIndex(of: UInt8(ascii: "."))
        else { return false }
        let version = text[(text.startIndex + 1)..<dot]
        return !version.isEmpty && version.allSatisfy(ASCII.isHexadecimal) && dot + 1 < text.endIndex
            && !text.contains(UInt8(ascii: "%")) && isMade(of: ":", text[(dot + 1)...], false)
    }

    /// Whether a text consists of unreserved characters, sub-delimiters, `%xx` and some more.
    private static func isMade(
        of more: StaticString,
        _ text: Slice<UnsafeBufferPointer<UInt8>>,
        _ international: Bool,
        isQuery: Bool = false
    ) -> Bool {
        let allowed = UnsafeBufferPointer(start: more.utf8Start, count: more.utf8CodeUnitCount)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < text.endIndex, ASCII.isHexadecimal(text[index + 1]),
                    ASCII.isHexadecimal(text[index + 2])
                else { return false }
                index += 3
            } else if byte < 0x80 {
                guard ASCII.isAlphanumeric(byte) || "-._~!$&'()*+,;=".utf8.contains(byte) || allowed.contains(byte)
                else {
                    return false
                }
                index += 1
            } else {
                guard international else { return false }
                index += 1
            }
        }
        return !international || hasOnlyInternational(text, isQuery: isQuery)
    }

    /// Source: RFC 3987, section 2.2 (ucschar, iprivate).
    private static func hasOnlyInternational(_ text: Slice<UnsafeBufferPointer<UInt8>>, isQuery: Bool) -> Bool {
        guard text.contains(where: { $0 >= 0x80 }) else { return true }
        return String(decoding: text, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
            let value = scalar.value
            if value < 0x80 { return true }
            if value < 0x10000 {
                return (0xA0...0xD7FF).contains(value) || (0xF900...0xFDCF).contains(value)
                    || (0xFDF0...0xFFEF).contains(value) || isQuery && (0xE000...0xF8FF).contains(value)
            }
            return value & 0xFFFF <= 0xFFFD
                && (value < 0xE0000 && !(0xE0000...0xE0FFF).contains(value)
                    || (0xE1000...0xEFFFD).contains(value) || isQuery && value >= 0xF0000)
        }
    }

    static func isTemplate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "{"):
                guard let end = text[index...].firstIndex(of: UInt8(ascii: "}")), isExpression(text[(index + 1)..<end])
                else { return false }
                index = end + 1
            case UInt8(ascii: "%"):
                guard index + 2 < text.count, ASCII.isHexadecimal(text[index + 1]), ASCII.isHexadecimal(text[index + 2])
                else { return false }
                index += 3
            case 0...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"),
                UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "}"):
                return false
            default: index += 1
            }
        }
        return true
    }

    private static func isExpression(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var rest = text
        if let first = rest.first, "+#./;?&=,!@|".utf8.contains(first) { rest = rest.dropFirst() }
        return rest.allParts(by: UInt8(ascii: ",")) { variable in
            var name = variable
            if name.last == UInt8(ascii: "*") {
                name = name.dropLast()
            } else if let colon = name.firstIndex(of: UInt8(ascii: ":")) {
                let length = name[(colon + 1)...]
                guard (1...4).contains(length.count), length.allSatisfy(ASCII.isDigit),
                    length.first != UInt8(ascii: "0")
                else { return false }
                name = name[..<colon]
            }
            return isVariableName(name)
        }
    }

    private static func isVariableName(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var index = name.startIndex
        var previous = UInt8(ascii: ".")
        while index < name.endIndex {
            let byte = name[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < name.endIndex, ASCII.isHexadecimal(name[index + 1]),
                    ASCII.isHexadecimal(name[index + 2])
                else { return false }
                index += 3
            } else if byte == UInt8(ascii: ".") {
                guard previous != byte else { return false }
                index += 1
            } else {
                guard ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "_") else { return false }
                index += 1
            }
            previous = byte
        }
        return previous != UInt8(ascii: ".")
    }
}
