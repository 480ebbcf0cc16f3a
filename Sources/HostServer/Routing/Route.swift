import HTTPTypes
import PluginHost

/// One operation of the API: a method on a path.
///
/// `GET /openapi.json` describes each; a test compares both.
struct Route: Sendable {
    /// Answers a call that anyone may make.
    typealias OpenHandler = @Sendable (Call) async throws -> Reply
    /// Answers a call of a known client.
    typealias Handler = @Sendable (Call, APIClient) async throws -> Reply

    /// Who may call.
    enum Access: Sendable {
        /// Anyone.
        case anyone(OpenHandler)
        /// Who sends a valid bearer token.
        case client(Handler)
    }

    /// The method; `GET` answers `HEAD` too.
    let method: HTTPRequest.Method
    /// The path with its parameters in braces, as in the OpenAPI document: `/v1/documents/{id}/commands`.
    let template: String
    /// The query parameters that are known; any other is refused.
    let query: [String]
    /// Who may call, and what answers.
    let access: Access

    /// An operation for clients with a token.
    init(_ method: HTTPRequest.Method, _ template: String, query: [String] = [], _ handler: @escaping Handler) {
        self.method = method
        self.template = template
        self.query = query
        self.access = .client(handler)
    }

    /// An operation for anyone.
    static func anyone(
        _ method: HTTPRequest.Method,
        _ template: String,
        query: [String] = [],
        _ handler: @escaping OpenHandler
    ) -> Route {
        Route(method: method, template: template, query: query, access: .anyone(handler))
    }

    private init(method: HTTPRequest.Method, template: String, query: [String], access: Access) {
        self.method = method
        self.template = template
        self.query = query
        self.access = access
    }

    /// Whether the operation may change something.
    var isWrite: Bool { method != .get }
}
