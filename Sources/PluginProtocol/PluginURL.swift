/// Where a plugin is called: an `http` or `https` URL, parsed once and then trusted in form.
///
/// Taken are ASCII URLs without user name, password or fragment, whose host is a name, an IPv4
/// address of four plain decimals, or an IPv6 address in brackets. What different parsers read
/// differently (`127.1`, `0x7f.1`, backslashes, escapes in the host, tabs) is refused rather than
/// guessed, because the transport parses the text again. Whether the address behind it may be called
/// is not decided here.
///
/// Shape: a JSON string, normalised: scheme and host in lower case, no default port, at least `/` as
/// the path. `Sendable`.
///
/// Source: RFC 3986, of which this is a strict part.
public struct PluginURL: Sendable, Hashable, CustomStringConvertible {
    /// How the plugin is reached.
    public enum Scheme: String, Sendable, Hashable {
        /// In the clear.
        case http
        /// By TLS.
        case https

        /// The port that goes without saying.
        public var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// The scheme.
    public let scheme: Scheme

    /// The host in lower case; an IPv6 address without its brackets.
    public let host: String

    /// Whether ``host`` is an IPv6 address.
    public let isIPv6: Bool

    /// The port, 1...65535, the scheme's own if the text names none.
    public let port: Int

    /// Path and query, starting with `/`.
    public let target: String

    /// The whole URL, normalised.
    public var text: String { origin + target }

    /// Scheme, host and port: what one connection is shared by.
    public var origin: String {
        let name = isIPv6 ? "[\(host)]" : host
        return port == scheme.defaultPort
            ? "\(scheme.rawValue)://\(name)" : "\(scheme.rawValue)://\(name):\(port)"
    }

    /// The same as ``text``.
    public var description: String { text }

    /// How many bytes of text are read at most.
    public static let textLimitBytes = 2048

    /// Reads a URL.
    ///
    /// - Parameter text: an absolute URL of at most ``textLimitBytes``.
    /// - Throws: ``PluginURLError``.
    public init(parsing text: some StringProtocol) throws(PluginURLError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.textLimitBytes else { throw .tooLong(bytes.count) }
        if let index = bytes.firstIndex(where: { !Self.isAllowed($0) }) { throw .forbiddenCharacter(offset: index) }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[colon...].starts(with: [UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "/")])
        else { throw .notAbsolute }
        let schemeText = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        guard let scheme = Scheme(rawValue: schemeText) else { throw .wrongScheme(schemeText) }

        let rest = bytes[(colon + 3)...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains(UInt8(ascii: "@")) else { throw .userInfo }
        let target = String(decoding: rest[end...], as: UTF8.self)

        self.scheme = scheme
        self.target = target.hasPrefix("/") ? target : "/" + target
        let portText: ArraySlice<UInt8>?
        if authority.first == UInt8(ascii: "[") {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { throw .malformedHost }
            let address = String(decoding: authority[(authority.startIndex + 1)..<close], as: UTF8.self).lowercased()
            guard IPAddressText.isIPv6(address) else { throw .malformedHost }
            (host, isIPv6) = (address, true)
            let after = authority[(close + 1)...]
            guard after.isEmpty || after.first == UInt8(ascii: ":") else { throw .malformedHost }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else {
            let colon = authority.firstIndex(of: UInt8(ascii: ":"))
            let name = String(decoding: authority[..<(colon ?? authority.endIndex)], as: UTF8.self).lowercased()
            guard IPAddressText.isHostName(name) || IPAddressText.isIPv4(name) else { throw .malformedHost }
            (host, isIPv6) = (name, false)
            portText = colon.map { authority[($0 + 1)...] }
        }
        guard let portText else {
            port = scheme.defaultPort
            return
        }
        let digits = String(decoding: portText, as: UTF8.self)
        guard let port = Int(digits), String(port) == digits, (1...65535).contains(port) else {
            throw .malformedPort
        }
        self.port = port
    }

    /// Visible ASCII but for what RFC 3986 keeps out of URLs; and no fragment, which is never sent.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"),
            UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            false
        default: (0x21...0x7e).contains(byte)
        }
    }
}

/// Why a text is no plugin URL.
///
/// `Sendable`; safe to log, the URL is not repeated since it may hold a password.
public enum PluginURLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It has this many bytes.
    case tooLong(Int)
    /// The byte at this offset cannot be in a URL, or starts a fragment.
    case forbiddenCharacter(offset: Int)
    /// It does not start with a scheme and `://`.
    case notAbsolute
    /// It has this scheme.
    case wrongScheme(String)
    /// It names a user or a password.
    case userInfo
    /// The host is missing, or neither a name nor an address in plain form.
    case malformedHost
    /// The port is no number from 1 to 65535.
    case malformedPort

    /// What was wrong, with the limit and the actual value.
    public var description: String {
        switch self {
        case .tooLong(let bytes): "the URL has \(bytes) bytes; at most \(PluginURL.textLimitBytes) are allowed"
        case .forbiddenCharacter(let offset): "the URL has a forbidden character at byte \(offset)"
        case .notAbsolute: "the URL does not start with http:// or https://"
        case .wrongScheme(let scheme): "the URL's scheme is \"\(scheme.prefix(20))\"; only http and https are called"
        case .userInfo: "the URL names a user; put no credentials into it"
        case .malformedHost:
            "the URL's host is neither a name, nor four plain decimals, nor an IPv6 address in brackets"
        case .malformedPort: "the URL's port is not a number from 1 to 65535"
        }
    }
}
