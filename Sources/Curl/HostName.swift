/// Reads the host of a URL where it is not in brackets.
///
/// Source: RFC 1123, section 2.1; RFC 5890, section 2.3; WHATWG URL, "ends in a number".
enum HostName {
    /// The address or name that the bytes spell.
    static func read(_ bytes: ArraySlice<UInt8>) throws(CurlError) -> WebURL.Host {
        guard !bytes.isEmpty else { throw WebURL.bad("the URL has no host") }
        guard !bytes.contains(UInt8(ascii: "%")) else { throw WebURL.bad("the host has a percent sign") }
        guard let given = String(validating: bytes, as: UTF8.self) else { throw WebURL.bad("the host is not UTF-8") }
        var labels: [String] = []
        for label in given.split(separator: ".", omittingEmptySubsequences: false) {
            labels.append(try read(label: label))
        }
        // One empty label at the end is the root: the same name, said to be complete.
        let isAbsolute = labels.count > 1 && labels.last == ""
        if isAbsolute { labels.removeLast() }
        guard !labels.contains("") else { throw WebURL.bad("the host has an empty label") }
        let name = labels.joined(separator: ".")
        guard name.utf8.count <= 253 else {
            throw WebURL.bad("the host has \(name.utf8.count) characters, the limit is 253")
        }
        guard let last = labels.last, endsInNumber(last) else { return .name(name) }
        guard !isAbsolute, name == given, let address = IPAddress(parsing: name), address.family == .v4 else {
            throw WebURL.bad(
                "the host ends in a number but is not an IPv4 address of four decimal numbers",
                hint: "other spellings (octal, hexadecimal, shortened) mean different addresses to different programs"
            )
        }
        return .address(address)
    }

    private static func endsInNumber(_ label: String) -> Bool {
        label.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } || label.hasPrefix("0x")
    }

    private static func read(label: Substring) throws(CurlError) -> String {
        var label = label.lowercased()
        if !label.utf8.allSatisfy({ $0 < 0x80 }) {
            try checkCharacters(of: label)
            label = "xn--" + Punycode.encode(label)
        }
        guard label.utf8.count <= 63 else {
            throw WebURL.bad("a label of the host has \(label.utf8.count) characters, the limit is 63")
        }
        for byte in label.utf8 {
            switch byte {
            case 0x30...0x39, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): continue
            default: throw WebURL.bad("the host has a character that is not a letter, digit, hyphen or dot")
            }
        }
        guard !label.hasPrefix("-"), !label.hasSuffix("-") else {
            throw WebURL.bad("a label of the host begins or ends with a hyphen")
        }
        return label
    }

    /// Lets through only letters that mean themselves, so that no mapping (circled, full-width, other digits, dots in
    /// other scripts) can turn a name into another one.
    private static func checkCharacters(of label: String) throws(CurlError) {
        var previous: Unicode.Scalar = "-"
        for scalar in label.unicodeScalars {
            defer { previous = scalar }
            if scalar.isASCII { continue }
            let properties = scalar.properties
            let isMark = properties.generalCategory == .nonspacingMark || properties.generalCategory == .spacingMark
            // Below U+0590 a letter with a mark has a form of its own, and only that one is in use.
            let isComposed = !isMark || previous.value >= 0x590
            guard properties.isAlphabetic || isMark, isComposed, !properties.changesWhenNFKCCaseFolded else {
                throw WebURL.bad(
                    "the host has a character that other programs would map to another (\(scalar.escaped(asASCII: true)))",
                    hint: "write the name as registered, with labels that begin with xn--"
                )
            }
        }
    }
}
