/// Host names, also international ones.
///
/// Source: RFC 1123, section 2.1; RFC 5890 to 5893 (IDNA 2008).
enum HostnameFormats {
    /// Whether a text is a host name of ASCII letters, digits and hyphens, `xn--` labels included.
    static func isHostname(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !text.isEmpty, text.count <= 253 else { return false }
        var hasUnicode = false
        let areLabels = text.allParts(by: UInt8(ascii: ".")) { label in
            guard isLabel(label) else { return false }
            // A hyphen in the third and fourth place is for `xn--` alone.
            let third = label.index(label.startIndex, offsetBy: 2, limitedBy: label.endIndex) ?? label.endIndex
            guard label[third...].starts(with: "--".utf8) else { return true }
            hasUnicode = true
            return label[..<third].elementsEqual("xn".utf8, by: { $0 | 0x20 == $1 })
        }
        guard areLabels, hasUnicode else { return areLabels }
        var unicodeLabels: [[Unicode.Scalar]] = []
        for label in text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let scalars = unicode(label) else { return false }
            unicodeLabels.append(scalars)
        }
        return Bidi.permits(unicodeLabels)
    }

    /// Letters, digits and hyphens, but no hyphen at an edge; at most 63.
    private static func isLabel(_ label: some BidirectionalCollection<UInt8>) -> Bool {
        guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
            return false
        }
        return label.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// What an ASCII label stands for, or `nil` if it starts with `xn--` and is no A-label.
    private static func unicode(_ label: some Collection<UInt8>) -> [Unicode.Scalar]? {
        let lower = label.map { ASCII.isLetter($0) ? $0 | 0x20 : $0 }
        guard lower.starts(with: "xn--".utf8) else {
            // Other labels with hyphens in the third and fourth place are reserved.
            if lower.count >= 4, lower[2] == UInt8(ascii: "-"), lower[3] == UInt8(ascii: "-") { return nil }
            return lower.map { Unicode.Scalar($0) }
        }
        let encoded = Array(lower.dropFirst(4))
        guard let scalars = Punycode.decode(encoded), scalars.contains(where: { !$0.isASCII }),
            Punycode.encode(scalars) == encoded, IDNA.isLabel(scalars)
        else { return nil }
        return scalars
    }

    /// Whether a text is a host name whose labels may be U-labels.
    static func isInternationalHostname(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        // RFC 3490, section 3.1, lists what separates labels.
        let separators: Set<Unicode.Scalar> = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]
        guard !text.isEmpty, text.count <= 4 * 253 else { return false }
        let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        var unicodeLabels: [[Unicode.Scalar]] = []
        var length = -1
        for label in scalars.split(omittingEmptySubsequences: false, whereSeparator: { separators.contains($0) }) {
            if label.allSatisfy(\.isASCII) {
                let bytes = label.map { UInt8($0.value) }
                guard isLabel(bytes), let scalars = unicode(bytes) else { return false }
                unicodeLabels.append(scalars)
                length += 1 + bytes.count
            } else {
                guard IDNA.isLabel(Array(label)), let encoded = Punycode.encode(Array(label)), encoded.count + 4 <= 63
                else { return false }
                unicodeLabels.append(Array(label))
                length += 1 + 4 + encoded.count
            }
        }
        return length <= 253 && Bidi.permits(unicodeLabels)
    }
}
