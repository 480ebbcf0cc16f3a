import NIOCore
import PluginHost

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
