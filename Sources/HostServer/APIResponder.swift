import Crypto
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PluginHost
import PluginProtocol

/// What Hummingbird hands over beside a request.
struct CallContext: InitializableFromSource {
    /// The connection; an unfinished upload is cut off with it.
    let channel: any Channel

    /// Takes what is needed.
    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Takes a request through routing, authentication and its handler, and turns errors into problem details.
///
/// Hummingbird's router is not used: it does not tell an unknown path from an unknown method, and the table of
/// routes is compared with the OpenAPI document. `Sendable`.
struct APIResponder: HTTPResponder {
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
                patch: try BodySchema(named: "plugin-patch")
            ).routes
        routes += DocumentRoutes(host: host, creation: try BodySchema(named: "document-creation")).routes
        routes += CommandRoutes(host: host, change: try BodySchema(named: "change"), metrics: metrics).routes
        routes += HistoryRoutes(host: host).routes
        routes += DocumentTypeRoutes(host: host).routes
        routes += ExchangeRoutes(host: host).routes
        routes += MatchRoutes(host: host).routes
        routes += AuditRoutes(host: host).routes
        routes += LimitRoutes(host: host).routes
        routes += SchemaRoutes().routes
        routes += OpenAPIRoutes(document: try OpenAPIDocument()).routes
        routes += HealthRoutes(host: host, metrics: metrics).routes
        routes += ConsoleRoutes(files: try WebFiles()).routes
        table = RouteTable(routes)
    }

    func respond(to request: Request, context: CallContext) async throws -> Response {
        let started = NIODeadline.now()
        let headers = RequestHeaders(request.headers)
        let requestID = requestIDs.name(headers.requestID)
        metrics.requestBegan()
        var route: Int?
        var client: APIClient?
        let reply: Reply
        do {
            reply = try await answer(request, headers, requestID, &route, &client)
        } catch let failure as BodyReader.ConnectionFailure {
            metrics.requestEnded(route: route.map { table.routes[$0] }, status: 499, took: NIODeadline.now() - started)
            throw failure.underlying
        } catch {
            reply = await failureReply(error, requestID)
            if reply.status == .contentTooLarge { closeSoon(context.channel) }
        }
        let took = NIODeadline.now() - started
        metrics.requestEnded(route: route.map { table.routes[$0] }, status: reply.status.code, took: took)
        log(request, reply, requestID, headers.trace, client, took)
        return reply.response(requestID: requestID, headOnly: request.method == .head)
    }

    private func answer(
        _ request: Request,
        _ headers: RequestHeaders,
        _ requestID: String,
        _ route: inout Int?,
        _ client: inout APIClient?
    ) async throws -> Reply {
        let target = request.head.path ?? "/"
        let path = target.prefix { $0 != "?" }
        // Before anything is said about a path of the API, even whether it exists.
        if path == "/v1" || path.hasPrefix("/v1/") { client = try authenticate(headers) }
        switch table.match(request.method, path) {
        case .nothing:
            throw HostError(.notFound, "There is no \(path.prefix(200)).", hint: "GET /openapi.json lists all paths")
        case .otherMethods(let methods): return methodNotAllowed(request.method, path, methods)
        case .route(let index, let parameters):
            route = index
            let found = table.routes[index]
            let queryText = target[path.endIndex...].dropFirst()
            let query = queryText.isEmpty ? Query.none : try Query(parsing: queryText, known: found.query)
            let call = Call(
                request: request,
                path: path,
                headers: headers,
                parameters: parameters,
                query: query,
                requestID: requestID,
                limits: host.limits
            )
            switch found.access {
            case .anyone(let handler): return try await handler(call)
            case .client(let handler):
                let caller = try client ?? authenticate(headers)
                return try await handler(call, caller)
            }
        }
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

    private func methodNotAllowed(
        _ method: HTTPRequest.Method,
        _ path: Substring,
        _ methods: [HTTPRequest.Method]
    ) -> Reply {
        let allowed = methods.map(\.rawValue).joined(separator: ", ")
        var error = HostError(.methodNotAllowed, "\(path.prefix(200)) does not know \(method.rawValue.prefix(40)).")
        error.hint = "known: \(allowed)"
        var reply = ProblemDetails.reply(error)
        reply.headers.append(HTTPField(name: .allow, value: allowed))
        return reply
    }

    private func failureReply(_ error: any Error, _ requestID: String) async -> Reply {
        if let error = HostError.presentable(error), error.code != .internalError {
            var reply = ProblemDetails.reply(error)
            // A refusal that a plugin is the reason of waited for that plugin too.
            if let id = error.exchange, let exchange = try? await host.store.exchange(id) {
                reply.addServerTiming([exchange])
            }
            return reply
        }
        // Said once, here; the caller learns only under which id to look for it.
        logger.error("request failed", metadata: ["request": "\(requestID)", "error": "\(error)"])
        return ProblemDetails.reply(
            HostError(.internalError, "The host failed; its log has the cause under request \(requestID).")
        )
    }

    /// Ends a connection whose client goes on sending a body that was refused: without this it could do so for ever.
    private func closeSoon(_ channel: any Channel) {
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }

    private func log(
        _ request: Request,
        _ reply: Reply,
        _ requestID: String,
        _ trace: TraceContext?,
        _ client: APIClient?,
        _ took: TimeAmount
    ) {
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        // Changes of documents come by the thousand and are in the ledger; what an administrator does is rare and worth a line, and so
        // is a failure, or someone without a token.
        let isRoutine = request.method == .get || request.method == .head || path.hasPrefix("/v1/documents")
        let isNotable = reply.status.code >= 500 || reply.status.code == 401
        let level: Logger.Level = isRoutine && !isNotable ? .debug : .info
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "request": .string(requestID),
            "method": .string(request.method.rawValue),
            "path": .string(String(path.prefix(200))),
            "status": .stringConvertible(reply.status.code),
            "microseconds": .stringConvertible(took.nanoseconds / 1000),
            "client": .string(client?.id ?? "-"),
        ]
        if let trace { metadata["trace"] = .string(trace.trace) }
        logger.log(level: level, "request", metadata: metadata)
    }
}
