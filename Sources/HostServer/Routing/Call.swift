import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// One request on its way through a handler.
struct Call: Sendable {
    let method: HTTPRequest.Method
    /// The path, percent-encoded, without the query.
    let path: Substring
    /// Its known header fields.
    let headers: RequestHeaders
    /// The values of the path's parameters, in order.
    let parameters: [String]
    /// The query.
    let query: Query
    /// Names the request in answer and log.
    let requestID: String
    /// Limits of the host.
    let limits: Limits
    /// The body as it came; empty if there is none.
    let bytes: [UInt8]

    /// The only parameter of the path.
    ///
    /// - Throws: ``HostError`` of code `internal-error` if the route has none.
    func parameter() throws -> String {
        guard let value = parameters.first else { throw HostError(.internalError, "The route has no parameter.") }
        return value
    }

    /// The only parameter of the path, as an id.
    ///
    /// - Throws: ``HostError`` of code `invalid-parameter` if it does not have the form of such an id.
    func identifier<Kind: IdentifierKind>(_: Kind.Type) throws -> Identifier<Kind> {
        let text = try parameter()
        guard let id = Identifier<Kind>(parsing: text) else {
            throw HostError.invalidParameter(
                "The id in the path",
                "must be \(Kind.prefix) and 26 lower-case characters (Crockford base 32)",
                actual: text
            )
        }
        return id
    }

    /// The body as JSON that satisfies a schema.
    func body(_ schema: BodySchema) throws -> JSON {
        try requireJSON()
        return try schema.read(bytes, limits: limits)
    }

    /// The body as JSON that satisfies a schema; an empty object if there is no body.
    func optionalBody(_ schema: BodySchema) throws -> JSON {
        if bytes.isEmpty { return [:] }
        try requireJSON()
        return try schema.read(bytes, limits: limits)
    }

    /// The body as JSON of any kind.
    func body() throws -> JSON {
        try requireJSON()
        return try BodyReader.parse(bytes, limits: limits)
    }

    private func requireJSON() throws {
        guard let type = headers.contentType else {
            throw HostError(.unsupportedMediaType, "The request has no Content-Type; application/json is needed.")
        }
        guard BodyReader.isJSON(type) else {
            var error = HostError(.unsupportedMediaType, "The Content-Type must be application/json, in UTF-8.")
            error.actual = .string(String(type.prefix(200)))
            throw error
        }
    }
}

extension Call {
    /// The exchange in whose course a plugin calls, from `pluginhost-exchange`.
    ///
    /// - Throws: ``HostError`` of code `invalid-parameter` if it is no id of an exchange.
    func exchange() throws -> ExchangeID? {
        guard let text = headers.exchange else { return nil }
        guard let id = ExchangeID(parsing: text) else {
            throw HostError.invalidParameter(
                "pluginhost-exchange",
                "must be the id of an exchange, exc_…",
                actual: text
            )
        }
        return id
    }
}
