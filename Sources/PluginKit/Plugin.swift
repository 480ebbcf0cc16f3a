public import DocumentModel
internal import JSONSchema
public import PluginProtocol

/// A plugin: what it says of itself, and what it does when it is asked.
///
/// It needs no particular HTTP server: give ``respond(headers:body:now:)`` what came in by POST and send
/// back what it returns.
///
/// ```swift
/// let plugin = try Plugin(
///     name: "greeter", version: "1.0.0", scopes: [.commentsWrite],
///     handlers: [
///         Handler(.documentCreated) { call in
///             PluginAnswer(commands: [try .addComment("Welcome!")])
///         }
///     ],
///     secrets: { [secret] }
/// )
/// let response = await plugin.respond(headers: headers, body: body, now: .now())
/// ```
///
/// `Sendable`.
public struct Plugin: Sendable {
    /// What the plugin says of itself; sent in answer to a ping.
    public let manifest: Manifest

    private let handlers: [Handler]
    private let secrets: @Sendable () -> [WebhookSecret]
    private let onError: @Sendable (any Error) -> Void
    private let limits: Limits

    /// Describes a plugin.
    ///
    /// - Parameters:
    ///   - name: short; how people and other plugins refer to it.
    ///   - version: the plugin's own version.
    ///   - description: one or two sentences for an administrator; nil for none.
    ///   - scopes: what it needs to be granted.
    ///   - handlers: what it does; the first one that fits a request answers it.
    ///   - limits: of what it takes and says.
    ///   - secrets: the keys that the host may sign with, asked for at each request, so that a secret can
    ///     come later and change. While there is none, only pings are answered, and unverified: so a
    ///     plugin can be registered before it knows its secret.
    ///   - onError: hears of what a handler throws.
    /// - Throws: ``ManifestError`` if the host would not take the manifest.
    public init(
        name: String,
        version: String,
        description: String? = nil,
        scopes: [Scope] = [],
        handlers: [Handler],
        limits: Limits = .default,
        secrets: @escaping @Sendable () -> [WebhookSecret],
        onError: @escaping @Sendable (any Error) -> Void = { _ in }
    ) throws(ManifestError) {
        var members: JSONObject = [
            "protocol": [.string(PluginRequest.protocolVersion)],
            "name": .string(name),
            "version": .string(version),
            "subscriptions": .array(handlers.map(\.subscription)),
            "scopes": Handler.strings(scopes.map(\.description)),
        ]
        if let description { members["description"] = .string(description) }
        manifest = try Manifest(json: .object(members), limits: limits)
        self.handlers = handlers
        self.limits = limits
        self.secrets = secrets
        self.onError = onError
    }

    /// Answers one POST of the host.
    ///
    /// - Parameters:
    ///   - headers: the request's; names are compared without regard to case.
    ///   - body: the request's bytes as they came.
    ///   - now: the time, to judge the signature's timestamp by.
    /// - Returns: 200 with an answer, 204 for nothing to say, 400 for what is not of this protocol, 401 for
    ///   what was not signed by the host just now, 413 for what is too large, 500 if the handler failed.
    public func respond(headers: [String: String], body: [UInt8], now: Timestamp) async -> PluginHTTPResponse {
        guard body.count <= limits.requestBytes else {
            return .failure(413, "the request has \(body.count) bytes; at most \(limits.requestBytes) are allowed")
        }
        let secrets = secrets()
        if !secrets.isEmpty {
            do {
                try verify(headers, body, secrets, now)
            } catch {
                return .failure(401, error.description)
            }
        }
        let call: PluginCall
        do {
            call = try PluginCall(json: try JSON(parsing: body, limits: requestJSON))
        } catch {
            return .failure(400, "\(error)")
        }
        if let ping = call.event(.pluginPing) {
            return .answer(PluginAnswer(challenge: ping.data["challenge"]?.stringValue, manifest: manifest))
        }
        guard !secrets.isEmpty else {
            return .failure(401, "this plugin does not know its secret yet")
        }
        guard !call.events.isEmpty, let handler = handlers.first(where: { $0.wants(call) }) else {
            return .nothing
        }
        do {
            return .answer(try await handler.body(call))
        } catch {
            onError(error)
            return .failure(500, "the plugin failed")
        }
    }

    private func verify(
        _ headers: [String: String],
        _ body: [UInt8],
        _ secrets: [WebhookSecret],
        _ now: Timestamp
    ) throws(WebhookSignatureError) {
        func header(_ name: String) -> String? {
            headers[name] ?? headers.first { $0.key.lowercased() == name }?.value
        }
        try WebhookSignature.verify(
            id: header(WebhookSignature.HeaderName.id),
            timestamp: header(WebhookSignature.HeaderName.timestamp),
            signature: header(WebhookSignature.HeaderName.signature),
            body: body,
            secrets: secrets,
            now: now,
            tolerance: limits.signatureTolerance
        )
    }

    /// A request holds a document of the host's making: deeper by some levels than one alone.
    private var requestJSON: JSONLimits {
        JSONLimits(
            depth: limits.jsonDepth * 2,
            sizeBytes: limits.requestBytes,
            stringBytes: limits.stringBytes,
            numberBytes: limits.numberBytes
        )
    }
}
