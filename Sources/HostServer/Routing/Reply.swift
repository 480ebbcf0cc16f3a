import HTTPTypes
import NIOHTTP1

/// What a handler answers: status, media type and body as bytes.
struct Reply: Sendable {
    /// HTTP status.
    var status: HTTPResponse.Status
    /// Media type of the body; not sent when the body is empty.
    var contentType: String
    /// The body.
    var body: [UInt8]
    /// The revision for `ETag`, if the answer shows a document.
    var revision: Int?
    /// Whether caches may keep it, as `Cache-Control` says it.
    var cacheControl = "no-store"
    /// Names the request, for `x-request-id`.
    var requestID = ""
    /// Further header fields.
    var headers: [HTTPField] = []

    /// An answer of JSON.
    init(status: HTTPResponse.Status = .ok, json body: [UInt8]) {
        self.init(status: status, contentType: MediaTypes.json, body: body)
    }

    /// An answer of any type.
    init(status: HTTPResponse.Status = .ok, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// An answer without a body.
    static func empty(_ status: HTTPResponse.Status) -> Reply { Reply(status: status, contentType: "", body: []) }

    /// Status and header fields as they are sent.
    var head: HTTPResponseHead {
        var fields = HTTPHeaders()
        fields.reserveCapacity(headers.count + 9)
        if !body.isEmpty {
            fields.add(name: "content-type", value: contentType)
            fields.add(name: "x-content-type-options", value: "nosniff")
        }
        // No length with 204 and 304 (RFC 9110, section 8.6).
        if status != .noContent, status != .notModified {
            fields.add(name: "content-length", value: String(body.count))
        }
        fields.add(name: "cache-control", value: cacheControl)
        fields.add(name: "x-request-id", value: requestID)
        if let revision { fields.add(name: "etag", value: "\"\(revision)\"") }
        for header in headers { fields.add(name: header.name.canonicalName, value: header.value) }
        fields.add(name: "date", value: HTTPDate.now())
        fields.add(name: "server", value: "pluginhost")
        return HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status.code), headers: fields)
    }
}

/// Media types that the server sends.
enum MediaTypes {
    /// JSON.
    static let json = "application/json"
    /// JSON Schema.
    static let schema = "application/schema+json"
    /// Problem details (RFC 9457).
    static let problem = "application/problem+json"
    /// Prometheus' text format.
    static let metrics = "text/plain; version=0.0.4; charset=utf-8"
}

extension HTTPField.Name {
    /// `server-timing` (W3C Server Timing).
    static let serverTiming = known("server-timing")
    /// `idempotency-replayed`: the answer was given before to the same key.
    static let idempotencyReplayed = known("idempotency-replayed")
    /// `referrer-policy` (W3C Referrer Policy).
    static let referrerPolicy = known("referrer-policy")

    private static func known(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is not the name of a header field") }
        return name
    }
}
