import PluginHost

/// `ETag` and the conditions on it: a document's revision between quotation marks.
///
/// Source: RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2.
enum EntityTag {
    /// The revision that `If-Match` asks for; nil for `*`, which any document satisfies.
    ///
    /// - Throws: ``HostError`` of code `invalid-parameter` if it is not one strong tag of the host.
    static func revision(ifMatch: String) throws -> Int? {
        if ifMatch == "*" { return nil }
        guard let revision = number(in: ifMatch[...]) else {
            throw HostError.invalidParameter(
                "If-Match",
                "must be one revision in quotation marks, such as \"12\", as in an ETag of the document",
                actual: ifMatch,
                hint: ifMatch.hasPrefix("W/") ? "a weak tag never matches" : nil
            )
        }
        return revision
    }

    /// Whether `If-None-Match` names a revision; foreign tags match nothing.
    static func matches(_ ifNoneMatch: String, revision: Int) -> Bool {
        if ifNoneMatch == "*" { return true }
        return ifNoneMatch.split(separator: ",").contains { part in
            var tag = part
            while tag.first == " " || tag.first == "\t" { tag.removeFirst() }
            while tag.last == " " || tag.last == "\t" { tag.removeLast() }
            if tag.hasPrefix("W/") { tag.removeFirst(2) }
            return number(in: tag) == revision
        }
    }

    private static func number(in tag: Substring) -> Int? {
        guard tag.utf8.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
        let digits = tag.dropFirst().dropLast()
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return Int(digits)
    }
}
