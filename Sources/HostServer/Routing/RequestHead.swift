import HTTPTypes
import NIOCore
import NIOHTTP1
import PluginHost

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

/// A request from its head to its answer, as log and metrics tell of it.
struct RequestCourse: Sendable {
    let head: RequestHead
    /// Names the request in answer and log.
    let id: String
    let began: NIODeadline
    /// Who calls, once that is known.
    var client: APIClient?
    /// The route's place in the table, once it is found.
    var route: Int?
}

/// A request that is answered once its body is there.
struct AdmittedRequest: Sendable {
    let course: RequestCourse
    let handler: Route.Access
    /// Values of the path's parameters, in order.
    let parameters: [String]
    let query: Query
}

/// What becomes of a request when its head is there.
enum Admission {
    case admitted(AdmittedRequest)
    case refused(Reply)
}
