import HTTPTypes
import NIOHTTP1

/// A request as far as its head tells.
struct RequestHead: Sendable {
    let method: HTTPRequest.Method
    /// Path and query as they came.
    let target: String
    /// The header fields that the API knows.
    let headers: RequestHeaders

    init(_ head: HTTPRequestHead) {
        method =
            switch head.method {
            case .GET: .get
            case .POST: .post
            // A method that is no token is refused by the decoder.
            case let other: HTTPRequest.Method(other.rawValue) ?? .get
            }
        target = head.uri
        headers = RequestHeaders(head.headers)
    }

    /// The path without the query, percent-encoded.
    var path: Substring { target.prefix { $0 != "?" } }
}
