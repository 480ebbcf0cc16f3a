public import DocumentModel
public import PluginProtocol

/// Carries signed requests to plugins: the port that an HTTP client fills.
public protocol WebhookTransport: Sendable {
    /// Posts a body and waits for the whole answer.
    ///
    /// An answer of any status is a result; an error means that no whole answer came. Cancelling the task ends the transfer.
    /// Never sends a request twice.
    func post(_ request: WebhookRequest) async throws(WebhookFailure) -> WebhookReply

    /// Whether an address may be called at all: the early, clear refusal at registration.
    ///
    /// The transport checks again at the socket, on the address really used.
    func check(_ url: PluginURL) async throws(WebhookFailure)
}

/// One request to one plugin.
///
/// `Sendable`.
public struct WebhookRequest: Sendable {
    /// Where to.
    public var url: PluginURL
    /// Sent as they are; `content-type` is among them.
    public var headers: [(name: String, value: String)]
    /// JSON.
    public var body: [UInt8]
    /// For the whole exchange, connecting included; more than zero.
    public var timeout: Duration
    /// The answer's size after decompression at which the transfer is cut.
    public var responseLimitBytes: Int
    /// Whom to trust beside the system's authorities, and who the host says it is; nil for neither.
    public var tls: WebhookTLS?
    /// Whether a connection is opened for it alone, to see whether one can be, and ``WebhookReply/certificateEnd`` is to be told.
    public var opensConnection: Bool

    /// Makes a request.
    public init(
        url: PluginURL,
        headers: [(name: String, value: String)],
        body: [UInt8],
        timeout: Duration,
        responseLimitBytes: Int,
        tls: WebhookTLS? = nil,
        opensConnection: Bool = false
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.responseLimitBytes = responseLimitBytes
        self.tls = tls
        self.opensConnection = opensConnection
    }
}

/// What one plugin needs of TLS beyond the system's trust store; verification itself cannot be switched off.
///
/// `Sendable`. PEM throughout; not safe to log, since it may hold a key.
public struct WebhookTLS: Sendable, Hashable {
    /// Authorities to trust beside the system's, for plugins with a CA of their own.
    public var authorities: [UInt8]?
    /// The host's certificate chain, for a plugin that asks for one.
    public var certificate: [UInt8]?
    /// The private key of ``certificate``, without a passphrase.
    public var key: [UInt8]?

    /// Makes settings.
    public init(authorities: [UInt8]? = nil, certificate: [UInt8]? = nil, key: [UInt8]? = nil) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
    }
}

/// A plugin's answer as it came over the wire.
///
/// `Sendable`.
public struct WebhookReply: Sendable {
    /// 100...599.
    public var status: Int
    /// The `content-type` header, if there was one.
    public var contentType: String?
    /// At most the request's `responseLimitBytes`.
    public var body: [UInt8]
    /// Where the time went.
    public var timings: WebhookTimings
    /// When the plugin's certificate ends, if the request opened a connection by TLS and that can be told.
    public var certificateEnd: Timestamp?

    /// Makes a reply.
    public init(
        status: Int,
        contentType: String?,
        body: [UInt8],
        timings: WebhookTimings = WebhookTimings(),
        certificateEnd: Timestamp? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.timings = timings
        self.certificateEnd = certificateEnd
    }
}

/// Why no whole answer came.
///
/// `Sendable`; `message` is safe to log.
public struct WebhookFailure: Error, Sendable {
    /// The row of the failure table.
    public var kind: FailureKind
    /// What happened, with limit and actual value where there are some.
    public var message: String
    /// Whether any byte of the request may have reached the plugin; if not, one more try is allowed.
    public var requestWasSent: Bool
    /// Where the time went until then.
    public var timings: WebhookTimings

    /// Makes a failure.
    public init(
        kind: FailureKind,
        message: String,
        requestWasSent: Bool,
        timings: WebhookTimings = WebhookTimings()
    ) {
        self.kind = kind
        self.message = message
        self.requestWasSent = requestWasSent
        self.timings = timings
    }
}

/// Where the time of a transfer went; microseconds each.
///
/// `Sendable`.
public struct WebhookTimings: Sendable, Hashable {
    /// Waiting for the transfer loop.
    public var queue = 0
    /// Resolving the name.
    public var dns = 0
    /// Connecting; 0 on a connection that was open.
    public var connect = 0
    /// The TLS handshake.
    public var tls = 0
    /// Sending the request.
    public var send = 0
    /// From the last byte sent to the first byte received.
    public var wait = 0
    /// Receiving the answer.
    public var receive = 0

    /// All zero.
    public init() {}
}
