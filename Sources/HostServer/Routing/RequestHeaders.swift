import NIOHTTP1
import PluginProtocol

/// The header fields of a request that the API knows, found in one pass.
struct RequestHeaders: Sendable {
    /// `Authorization`, as it came.
    var authorization: String?
    /// `Content-Type`.
    var contentType: String?
    /// `Content-Length`.
    var contentLength: Int?
    /// `If-Match`.
    var ifMatch: String?
    /// `If-None-Match`.
    var ifNoneMatch: String?
    /// `Idempotency-Key`.
    var idempotencyKey: String?
    /// `pluginhost-exchange`: the exchange in whose course a plugin calls.
    var exchange: String?
    /// `x-request-id`.
    var requestID: String?
    /// The trace that the caller is part of, from `traceparent` and `tracestate`; nil if it sent none or a malformed one.
    var trace: TraceContext?

    /// Reads the fields; of several with the same name, the first.
    init(_ fields: HTTPHeaders) {
        var parents: [String] = []
        var state: String?
        for (name, value) in fields {
            switch name.lowercased() {
            case "authorization": authorization = authorization ?? value
            case "content-type": contentType = contentType ?? value
            case "content-length": contentLength = contentLength ?? Int(value)
            case "if-match": ifMatch = ifMatch.map { $0 + ", " + value } ?? value
            case "if-none-match": ifNoneMatch = ifNoneMatch.map { $0 + ", " + value } ?? value
            case "idempotency-key": idempotencyKey = idempotencyKey ?? value
            case "pluginhost-exchange": exchange = exchange ?? value
            case "x-request-id": requestID = requestID ?? value
            case "traceparent": parents.append(value)
            case "tracestate": state = state.map { $0 + "," + value } ?? value
            default: break
            }
        }
        // Of two, none can be trusted.
        if parents.count == 1 { trace = TraceContext(parent: parents[0], state: state) }
    }
}
