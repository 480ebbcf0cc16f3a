import HTTPTypes
import Hummingbird
import NIOCore

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

    /// The answer as Hummingbird sends it.
    ///
    /// - Parameters:
    ///   - requestID: for `x-request-id`.
    ///   - headOnly: whether the request was `HEAD`: the same header fields, no body.
    /// - Returns: with `content-type`, `etag` and the like filled in.
    func response(requestID: String, headOnly: Bool) -> Response {
        var fields = HTTPFields()
        fields.reserveCapacity(headers.count + 8)
        if !body.isEmpty {
            fields.append(HTTPField(name: .contentType, value: contentType))
            fields.append(HTTPField(name: .contentLength, value: String(body.count)))
            fields.append(HTTPField(name: .xContentTypeOptions, value: "nosniff"))
        }
        fields.append(HTTPField(name: .cacheControl, value: cacheControl))
        fields.append(HTTPField(name: .requestID, value: requestID))
        if let revision { fields.append(HTTPField(name: .eTag, value: "\"\(revision)\"")) }
        for header in headers { fields.append(header) }
        guard !body.isEmpty else {
            // No length with 204 and 304 (RFC 9110, section 8.6).
            if status == .noContent || status == .notModified {
                var response = Response(status: status, headers: fields)
                response.headers[.contentLength] = nil
                return response
            }
            return Response(status: status, headers: fields)
        }
        return Response(
            status: status,
            headers: fields,
            body: headOnly ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
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
    /// `x-request-id`: names one request in the answer and in the log.
    static let requestID = known("x-request-id")
    /// `x-content-type-options` (Fetch Standard).
    static let xContentTypeOptions = known("x-content-type-options")
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
