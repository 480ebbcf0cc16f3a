/// Judges the `content-type` of an answer.
enum MediaType {
    /// Whether a header says JSON in UTF-8: `application/json` or `application/…+json`, and no
    /// `charset` but `utf-8`; other parameters do not matter.
    ///
    /// Source: RFC 9110, section 8.3; RFC 6839, section 3.1.
    static func isJSON(_ header: String) -> Bool {
        if header == "application/json" { return true }
        let parts = header.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(trimmed)
        guard let type = parts.first,
            type == "application/json" || (type.hasPrefix("application/") && isSuffixed(type))
        else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            let charset = "charset="
            guard parameter.hasPrefix(charset) else { return true }
            let value = parameter.dropFirst(charset.count)
            return value == "utf-8" || value == "\"utf-8\""
        }
    }

    private static func isSuffixed(_ type: String) -> Bool {
        let name = type.utf8.dropFirst("application/".utf8.count)
        return type.hasSuffix("+json") && name.count > "+json".utf8.count && !name.contains(UInt8(ascii: "/"))
            && !name.contains(UInt8(ascii: " "))
    }

    private static func trimmed(_ part: Substring.UTF8View) -> String {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = part.drop(while: isSpace)
        return String(decoding: start.reversed().drop(while: isSpace).reversed(), as: UTF8.self).lowercased()
    }
}
