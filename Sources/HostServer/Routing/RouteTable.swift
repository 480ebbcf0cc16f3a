import HTTPTypes

/// Finds the route of a request.
///
/// A tree of path segments; a literal segment goes before a parameter. `Sendable`.
struct RouteTable: Sendable {
    /// What was found for a path.
    enum Match: Sendable {
        /// A route, its place in ``RouteTable/routes``, and the values of the path's parameters in order.
        case route(index: Int, parameters: [String])
        /// The path exists, but not with this method.
        case otherMethods([HTTPRequest.Method])
        /// There is no such path.
        case nothing
    }

    private struct Node: Sendable {
        var literals: [(segment: String, node: Int)] = []
        var parameter: Int?
        var routes: [(method: HTTPRequest.Method, index: Int)] = []
    }

    /// All routes.
    let routes: [Route]
    private var nodes = [Node()]

    /// Makes a table.
    init(_ routes: [Route]) {
        self.routes = routes
        for (index, route) in routes.enumerated() { insert(route, index) }
    }

    private mutating func insert(_ route: Route, _ index: Int) {
        var node = 0
        for segment in route.template.split(separator: "/") {
            if segment.hasPrefix("{") {
                if let next = nodes[node].parameter {
                    node = next
                } else {
                    nodes.append(Node())
                    nodes[node].parameter = nodes.count - 1
                    node = nodes.count - 1
                }
            } else if let next = nodes[node].literals.first(where: { $0.segment == segment }) {
                node = next.node
            } else {
                nodes.append(Node())
                nodes[node].literals.append((String(segment), nodes.count - 1))
                node = nodes.count - 1
            }
        }
        precondition(!nodes[node].routes.contains { $0.method == route.method }, "\(route.template) has two routes")
        nodes[node].routes.append((route.method, index))
    }

    /// Finds the route for a method and a path without its query.
    func match(_ method: HTTPRequest.Method, _ path: Substring) -> Match {
        guard path.utf8.first == UInt8(ascii: "/") else { return .nothing }
        var node = 0
        var parameters: [String] = []
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if let next = nodes[node].literals.first(where: { $0.segment == segment }) {
                node = next.node
            } else if let next = nodes[node].parameter,
                let value = PercentEncoding.decode(segment, plusIsSpace: false), !value.isEmpty
            {
                parameters.append(value)
                node = next
            } else {
                return .nothing
            }
        }
        let found = nodes[node].routes
        guard !found.isEmpty else { return .nothing }
        let wanted: HTTPRequest.Method = method == .head ? .get : method
        if let route = found.first(where: { $0.method == wanted }) {
            return .route(index: route.index, parameters: parameters)
        }
        var methods = found.map(\.method)
        if methods.contains(.get) { methods.append(.head) }
        return .otherMethods(methods.sorted { $0.rawValue < $1.rawValue })
    }
}
