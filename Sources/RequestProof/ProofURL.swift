/// An absolute http or https URL in the one form that equivalent spellings share.
///
/// Case of scheme and host, the default port, escapes of unreserved characters, dot segments and an empty path make no
/// difference. The query is kept to the byte.
///
/// Source: RFC 3986, sections 6.2.2 and 6.2.3; RFC 9449, section 4.3.
struct ProofURL {
    /// Scheme, host and port.
    let origin: [UInt8]
    /// Begins with a slash.
    let path: [UInt8]
    /// What follows the question mark; nil without one.
    let query: [UInt8]?
    let hasFragment: Bool

    /// - Parameter text: without user information.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[colon...].starts(with: "://".utf8)
        else { return nil }
        let scheme = Self.lowercased(bytes[..<colon])
        let afterScheme = bytes[(colon + 3)...]
        let authorityEnd = afterScheme.firstIndex { Self.authorityEnds.contains($0) } ?? bytes.endIndex
        guard let authority = Self.authority(afterScheme[..<authorityEnd], scheme: scheme) else { return nil }
        origin = scheme + Array("://".utf8) + authority

        var rest = afterScheme[authorityEnd...]
        let fragment = rest.firstIndex(of: UInt8(ascii: "#"))
        if let fragment { rest = rest[..<fragment] }
        hasFragment = fragment != nil
        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        query = mark.map { Array(rest[($0 + 1)...]) }
        guard let path = Self.path(rest[..<(mark ?? rest.endIndex)]) else { return nil }
        self.path = path
    }

    /// A path, which is empty or begins with a slash, with escapes and dot segments in their one form; nil if an escape is malformed.
    static func path(_ raw: some Collection<UInt8>) -> [UInt8]? {
        guard let bytes = withPlainEscapes(raw) else { return nil }
        guard let first = bytes.first else { return [UInt8(ascii: "/")] }
        guard first == UInt8(ascii: "/") else { return nil }
        guard bytes.contains(UInt8(ascii: ".")) else { return bytes }
        var segments: [ArraySlice<UInt8>] = []
        let parts = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if part.elementsEqual(".".utf8) {
                if isLast { segments.append([]) }
            } else if part.elementsEqual("..".utf8) {
                if !segments.isEmpty { segments.removeLast() }
                if isLast { segments.append([]) }
            } else {
                segments.append(part)
            }
        }
        return segments.reduce(into: []) { path, segment in
            path.append(UInt8(ascii: "/"))
            path.append(contentsOf: segment)
        }
    }

    private static let authorityEnds: [UInt8] = Array("/?#".utf8)

    /// Escapes of unreserved characters resolved, the others in upper case.
    private static func withPlainEscapes(_ raw: some Collection<UInt8>) -> [UInt8]? {
        guard raw.contains(UInt8(ascii: "%")) else { return Array(raw) }
        var bytes: [UInt8] = []
        var rest = Array(raw)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                return nil
            }
            let value = high << 4 | low
            if isUnreserved(value) {
                bytes.append(value)
            } else {
                bytes.append(byte)
                bytes.append(hexDigits[Int(high)])
                bytes.append(hexDigits[Int(low)])
            }
        }
        return bytes
    }

    private static func authority(_ raw: ArraySlice<UInt8>, scheme: [UInt8]) -> [UInt8]? {
        let defaultPort: UInt16
        switch String(decoding: scheme, as: UTF8.self) {
        case "http": defaultPort = 80
        case "https": defaultPort = 443
        default: return nil
        }
        var host = raw
        var port = defaultPort
        // In brackets, colons are part of the address.
        if let colon = raw.lastIndex(of: UInt8(ascii: ":")), !raw[colon...].contains(UInt8(ascii: "]")) {
            host = raw[..<colon]
            let digits = raw[(colon + 1)...]
            guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
            if !digits.isEmpty {
                guard let number = UInt16(String(decoding: digits, as: UTF8.self)) else { return nil }
                port = number
            }
        }
        guard !host.isEmpty, host.allSatisfy({ isUnreserved($0) || hostMarks.contains($0) }) else { return nil }
        let name = lowercased(host)
        return port == defaultPort ? name : name + Array(":\(port)".utf8)
    }

    private static let hostMarks: [UInt8] = Array("[:]".utf8)
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
