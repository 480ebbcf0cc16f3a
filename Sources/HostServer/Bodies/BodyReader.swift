import Hummingbird
import JSONSchema
import NIOCore
import PluginHost
import PluginProtocol

/// Reads bodies of requests: bounded, UTF-8, strict JSON.
enum BodyReader {
    /// The connection failed while a body was read; nobody waits for an answer.
    struct ConnectionFailure: Error {
        /// What the connection reported.
        let underlying: any Error
    }

    /// Collects a body.
    ///
    /// - Parameters:
    ///   - request: whose body it is.
    ///   - contentLength: what the header says, if there is one; a body that announces too much is not read.
    ///   - limit: in bytes.
    /// - Returns: the whole body.
    /// - Throws: ``HostError`` of code `body-too-large`; ``ConnectionFailure``.
    static func read(_ request: Request, contentLength: Int?, limit: Int) async throws -> [UInt8] {
        if let contentLength, contentLength > limit {
            throw tooLarge(limit: limit, actual: contentLength, atLeast: false)
        }
        var bytes: [UInt8] = []
        if let contentLength, contentLength > 0 { bytes.reserveCapacity(contentLength) }
        var iterator = request.body.makeAsyncIterator()
        do {
            while let part = try await iterator.next() {
                let count = bytes.count + part.readableBytes
                if count > limit { throw tooLarge(limit: limit, actual: count, atLeast: true) }
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch let error as HostError {
            throw error
        } catch {
            throw ConnectionFailure(underlying: error)
        }
        return bytes
    }

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

    private static func tooLarge(limit: Int, actual: Int, atLeast: Bool) -> HostError {
        let size = atLeast ? "at least \(actual)" : "\(actual)"
        var error = HostError(.bodyTooLarge, "The body has \(size) bytes; at most \(limit) are permitted.")
        error.rule = "apiBodyBytes"
        error.limit = .number(JSONNumber(limit))
        error.actual = .number(JSONNumber(actual))
        return error
    }
}
