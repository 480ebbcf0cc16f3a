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
