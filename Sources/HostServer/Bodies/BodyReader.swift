import JSONSchema
import PluginHost
import PluginProtocol

/// Reads bodies of requests: UTF-8, strict JSON.
enum BodyReader {
    /// Reads JSON strictly.
    ///
    /// - Throws: ``HostError`` of code `invalid-json`, `invalid-encoding` or `body-too-large`.
    static func parse(_ bytes: [UInt8], limits: Limits) throws -> JSON {
        guard !bytes.isEmpty else { throw HostError(.invalidJSON, "The body is empty; a JSON value is needed.") }
        do {
            return try JSON(parsing: bytes, limits: limits.apiJSON)
        } catch {
            throw HostError(error)
        }
    }

    /// Whether a media type is JSON in UTF-8: `application/json`, with no parameter but `charset=utf-8`.
    ///
    /// Source: RFC 8259, section 11; RFC 9110, section 8.3.1.
    static func isJSON(_ contentType: String) -> Bool {
        if contentType == "application/json" { return true }
        var parts = contentType.lowercased().split(separator: ";", omittingEmptySubsequences: false)[...]
        guard let type = parts.popFirst(), trimmed(type) == "application/json" else { return false }
        return parts.allSatisfy { part in
            let text = trimmed(part)
            return text.isEmpty || text == "charset=utf-8" || text == "charset=\"utf-8\""
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }

    /// That a body has more bytes than are permitted, `actual` or, `atLeast`, even more than that.
    static func tooLarge(limit: Int, actual: Int, atLeast: Bool) -> HostError {
        let size = atLeast ? "at least \(actual)" : "\(actual)"
        var error = HostError(.bodyTooLarge, "The body has \(size) bytes; at most \(limit) are permitted.")
        error.rule = "apiBodyBytes"
        error.limit = .number(JSONNumber(limit))
        error.actual = .number(JSONNumber(actual))
        return error
    }
}
