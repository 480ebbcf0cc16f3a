/// An absolute `http` or `https` URL in the one form that every parser reads alike.
///
/// `Sendable`. It is stricter than RFC 3986: what two parsers could read as two hosts is refused (backslashes, user
/// information, percent signs in the host, odd spellings of addresses, blanks and control characters anywhere).
/// What is sent to libcurl is ``description``, so that libcurl never reads anything else than what was checked.
///
/// Source: RFC 3986, section 3; WHATWG URL, "ends in a number" and host parsing.
public struct WebURL: Sendable, Hashable, CustomStringConvertible {
    /// Where to connect.
    public enum Host: Sendable, Hashable, CustomStringConvertible {
        /// A DNS name in lower case as A-labels, without the root dot.
        case name(String)

        /// A literal address.
        case address(IPAddress)

        /// As in a URL; IPv6 in brackets.
        public var description: String {
            switch self {
            case .name(let name): name
            case .address(let address): address.family == .v6 ? "[\(address)]" : "\(address)"
            }
        }
    }

    /// True for `https`.
    public let isSecure: Bool

    /// Where to connect.
    public let host: Host

    /// 1...65535; 80 or 443 unless given.
    public let port: UInt16

    /// Path and query, as given; starts with `/`.
    public let target: String

    /// Scheme, host and port, for messages: holds no path or query.
    public var origin: String {
        let scheme = isSecure ? "https" : "http"
        return port == (isSecure ? 443 : 80) ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
    }

    /// The whole URL.
    public var description: String { origin + target }

    /// Reads a URL.
    ///
    /// - Parameter text: at most 8,192 bytes.
    /// - Throws: ``CurlError`` with the code ``CurlError/Code/badURL``.
    public init(parsing text: String) throws(CurlError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 8_192 else { throw Self.bad("the URL has \(bytes.count) bytes, the limit is 8192") }
        if let bad = bytes.first(where: { $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") }) {
            throw Self.bad(
                "the URL has a blank, control character or backslash (byte \(bad))",
                hint: "percent-encode it where it belongs to the path or query"
            )
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw Self.bad("the URL has no scheme", hint: "it must begin with http:// or https://")
        }
        switch String(decoding: bytes[..<colon], as: UTF8.self).lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: throw Self.bad("the scheme is not http or https")
        }
        let slashes = bytes[(colon + 1)...].prefix(2)
        guard slashes.count == 2, slashes.allSatisfy({ $0 == UInt8(ascii: "/") }) else {
            throw Self.bad("the scheme is not followed by //")
        }
        let rest = bytes[(colon + 3)...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        let authority = rest[..<(end ?? rest.endIndex)]
        let tail = rest[(end ?? rest.endIndex)...]
        guard !tail.contains(UInt8(ascii: "#")) else {
            throw Self.bad("the URL has a fragment, which is never sent", hint: "leave # and what follows away")
        }
        guard tail.allSatisfy({ $0 < 0x80 }) else {
            throw Self.bad("path or query have characters outside ASCII", hint: "percent-encode them")
        }
        let path = String(decoding: tail, as: UTF8.self)
        target = path.hasPrefix("/") ? path : "/" + path
        (host, port) = try Self.read(authority: authority, defaultPort: isSecure ? 443 : 80)
    }

    private static func read(authority: ArraySlice<UInt8>, defaultPort: UInt16) throws(CurlError) -> (Host, UInt16) {
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw bad("the URL has user information before the host", hint: "send credentials in a header")
        }
        guard authority.first == UInt8(ascii: "[") else {
            let colon = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
            let host = try HostName.read(authority[..<colon])
            return (host, try read(port: authority[colon...], defaultPort: defaultPort))
        }
        guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { throw bad("[ without ] in the host") }
        let inside = String(decoding: authority[(authority.startIndex + 1)..<close], as: UTF8.self)
        guard !inside.contains("%") else {
            throw bad("the IPv6 address has a zone", hint: "zones name an interface of this machine; leave it away")
        }
        guard let address = IPAddress(parsing: inside), address.family == .v6 else {
            throw bad("what stands in brackets is not an IPv6 address")
        }
        return (.address(address), try read(port: authority[(close + 1)...], defaultPort: defaultPort))
    }

    /// Reads an empty slice or `:` and digits.
    private static func read(port bytes: ArraySlice<UInt8>, defaultPort: UInt16) throws(CurlError) -> UInt16 {
        guard let first = bytes.first else { return defaultPort }
        let digits = bytes.dropFirst()
        guard first == UInt8(ascii: ":"), (1...5).contains(digits.count),
            digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = UInt16(String(decoding: digits, as: UTF8.self)), port > 0
        else { throw bad("the port is not a number from 1 to 65535") }
        return port
    }

    static func bad(_ message: String, hint: String? = nil) -> CurlError {
        CurlError(.badURL, message, hint: hint)
    }
}
