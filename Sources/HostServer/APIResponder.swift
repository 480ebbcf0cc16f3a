import Crypto
import HTTPTypes
import Logging
import NIOCore
import PluginHost
import PluginProtocol

/// Takes a request through routing, authentication and its handler, and turns errors into problem details.
///
/// The table of routes is our own: it tells an unknown path from an unknown method, and is compared with the OpenAPI
/// document. `Sendable`.
struct APIResponder: Sendable {
    private let host: Host
    private let logger: Logger
    private let metrics: ServerMetrics
    private let requestIDs = RequestIDs()
    /// All routes.
    let table: RouteTable

    /// Makes a responder.
    ///
    /// - Throws: ``HostError`` of code `internal-error` when an embedded schema or page is missing.
    init(host: Host, logger: Logger) throws {
        let metrics = ServerMetrics()
        self.host = host
        self.logger = logger
        self.metrics = metrics
        var routes: [Route] = []
        routes +=
            PluginRoutes(
                host: host,
                registration: try BodySchema(named: "plugin-registration"),
                patch: try BodySchema(named: "plugin-patch"),
                rotation: try BodySchema(named: "secret-rotation")
            ).routes
        routes += DocumentRoutes(host: host, creation: try BodySchema(named: "document-creation")).routes
        routes += CommandRoutes(host: host, change: try BodySchema(named: "change"), metrics: metrics).routes
        routes += HistoryRoutes(host: host).routes
        routes += DocumentTypeRoutes(host: host).routes
        routes += ExchangeRoutes(host: host).routes
        routes += MatchRoutes(host: host).routes
        routes +=
            ProposalRoutes(
                host: host,
                acceptance: try BodySchema(named: "proposal-acceptance"),
                declination: try BodySchema(named: "proposal-declination")
            ).routes
        routes += ContinuationRoutes(host: host).routes
        routes += AuditRoutes(host: host).routes
        routes += LimitRoutes(host: host).routes
        routes += SchemaRoutes().routes
        routes += OpenAPIRoutes(document: try OpenAPIDocument()).routes
        routes += HealthRoutes(host: host, metrics: metrics).routes
        routes += ConsoleRoutes(files: try WebFiles()).routes
        table = RouteTable(routes)
    }

    // MARK: The course of a request

    /// Decides what needs no body: the route, who calls, the body's announced length.
    func admit(_ head: RequestHead) -> Admission {
        metrics.requestBegan()
        var course = RequestCourse(head: head, id: requestIDs.name(head.headers.requestID), began: .now())
        do {
            return .admitted(try admit(&course))
        } catch {
            return .refused(finish(course, problem(error, course)))
        }
    }

    /// Answers a request whose body is there.
    func respond(to request: AdmittedRequest, body: [UInt8]) async -> Reply {
        let course = request.course
        do {
            let call = Call(
                method: course.head.method,
                path: course.head.path,
                headers: course.head.headers,
                parameters: request.parameters,
                query: request.query,
                requestID: course.id,
                limits: host.limits,
                bytes: body
            )
            switch request.handler {
            case .anyone(let handler): return finish(course, try await handler(call))
            case .client(let handler):
                let client = try course.client ?? authenticate(course.head.headers)
                return finish(course, try await handler(call, client))
            }
        } catch {
            var reply = problem(error, course)
            // A change that was refused waited for plugins too.
            reply.addServerTiming((error as? HostError)?.waitedFor ?? [])
            return finish(course, reply)
        }
    }

    /// Refuses a request whose body has turned out to be too large, with `count` bytes or more.
    func refuse(_ request: AdmittedRequest, bodyOf count: Int) -> Reply {
        let error = BodyReader.tooLarge(limit: host.limits.apiBodyBytes, actual: count, atLeast: true)
        return finish(request.course, problem(error, request.course))
    }

    /// Takes note that a client went away before its request was whole.
    func abandon(_ request: AdmittedRequest) { count(request.course, status: 499) }

    private func admit(_ course: inout RequestCourse) throws -> AdmittedRequest {
        let head = course.head
        let path = head.path
        // Before anything is said about a path of the API, even whether it exists.
        if path == "/v1" || path.hasPrefix("/v1/") { course.client = try authenticate(head.headers) }
        switch table.match(head.method, path) {
        case .nothing:
            throw HostError(.notFound, "There is no \(path.prefix(200)).", hint: "GET /openapi.json lists all paths")
        case .otherMethods(let methods): throw OtherMethods(known: methods)
        case .route(let index, let parameters):
            course.route = index
            let route = table.routes[index]
            let queryText = head.target[path.endIndex...].dropFirst()
            let query = queryText.isEmpty ? Query.none : try Query(parsing: queryText, known: route.query)
            if let length = head.headers.contentLength, length > host.limits.apiBodyBytes {
                throw BodyReader.tooLarge(limit: host.limits.apiBodyBytes, actual: length, atLeast: false)
            }
            return AdmittedRequest(course: course, handler: route.access, parameters: parameters, query: query)
        }
    }

    private func finish(_ course: RequestCourse, _ reply: Reply) -> Reply {
        var reply = reply
        reply.requestID = course.id
        let took = count(course, status: reply.status.code)
        log(course, reply, took)
        return reply
    }

    @discardableResult
    private func count(_ course: RequestCourse, status: Int) -> TimeAmount {
        let took = NIODeadline.now() - course.began
        metrics.requestEnded(route: course.route.map { table.routes[$0] }, status: status, took: took)
        return took
    }

    /// Who sent the request.
    ///
    /// Source: RFC 6750, section 2.1.
    private func authenticate(_ headers: RequestHeaders) throws -> APIClient {
        guard let authorization = headers.authorization else {
            throw HostError(.unauthenticated, "The request has no Authorization header; a bearer token is needed.")
        }
        guard authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer " else {
            throw HostError(.unauthenticated, "The Authorization header must be \"Bearer\", a space and a token.")
        }
        var hash = SHA256()
        var token = authorization.dropFirst(7)
        token.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        guard let client = host.client(tokenDigest: Array(hash.finalize())) else {
            throw HostError(.unauthenticated, "The bearer token is not known.")
        }
        return client
    }

    // MARK: Errors

    private struct OtherMethods: Error {
        let known: [HTTPRequest.Method]
    }

    private func problem(_ error: any Error, _ course: RequestCourse) -> Reply {
        if let error = error as? OtherMethods { return methodNotAllowed(course.head, error.known) }
        if let error = HostError.presentable(error), error.code != .internalError {
            return ProblemDetails.reply(error)
        }
        // Said once, here; the caller learns only under which id to look for it.
        logger.error("request failed", metadata: ["request": "\(course.id)", "error": "\(error)"])
        return ProblemDetails.reply(
            HostError(.internalError, "The host failed; its log has the cause under request \(course.id).")
        )
    }

    private func methodNotAllowed(_ head: RequestHead, _ methods: [HTTPRequest.Method]) -> Reply {
        let allowed = methods.map(\.rawValue).joined(separator: ", ")
        let method = head.method.rawValue.prefix(40)
        var error = HostError(.methodNotAllowed, "\(head.path.prefix(200)) does not know \(method).")
        error.hint = "known: \(allowed)"
        var reply = ProblemDetails.reply(error)
        reply.headers.append(HTTPField(name: .allow, value: allowed))
        return reply
    }

    private func log(_ course: RequestCourse, _ reply: Reply, _ took: TimeAmount) {
        let path = course.head.path
        let method = course.head.method
        // Changes of documents come by the thousand and are in the ledger; what an administrator does is rare and worth a line, and so
        // is a failure, or someone without a token.
        let isRoutine = method == .get || method == .head || path.hasPrefix("/v1/documents")
        let isNotable = reply.status.code >= 500 || reply.status.code == 401
        let level: Logger.Level = isRoutine && !isNotable ? .debug : .info
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "request": .string(course.id),
            "method": .string(method.rawValue),
            "path": .string(String(ContinuationRoutes.withoutToken(path).prefix(200))),
            "status": .stringConvertible(reply.status.code),
            "microseconds": .stringConvertible(took.nanoseconds / 1000),
            "client": .string(course.client?.id ?? "-"),
        ]
        if let trace = course.head.headers.trace { metadata["trace"] = .string(trace.trace) }
        logger.log(level: level, "request", metadata: metadata)
    }
}
