/// One request to send.
///
/// `Sendable`. Nothing is checked until ``HTTPClient/send(_:)``, which refuses what must not go on the wire.
public struct HTTPRequest: Sendable {
    /// The method as sent, such as `POST`; `GET` and `HEAD` carry no body.
    public var method: String

    /// An absolute `http` or `https` URL without user information or fragment.
    public var url: String

    /// Fields in the order sent.
    ///
    /// libcurl adds `Host`, `Accept`, `Accept-Encoding` and `Content-Length`.
    ///
    /// Fields that decide where a message ends (`Content-Length`, `Transfer-Encoding`, `Connection`, `Upgrade`, `Host`,
    /// `Expect`, `Accept-Encoding`) are refused, and so is a line break in a value.
    public var headers: [(name: String, value: String)]

    /// The bytes to send.
    public var body: [UInt8]

    /// For the whole exchange, from the call to the last byte of the answer; more than zero.
    public var timeout: Duration

    /// For name, TCP and TLS together; ``timeout`` bounds it too.
    public var connectTimeout: Duration

    /// The most bytes of body accepted, counted after decompression.
    public var responseLimitBytes: Int

    /// The most bytes of header fields accepted, informational responses and trailers included.
    public var headerLimitBytes: Int

    /// Whom to trust and who we are; nil: the system's trust store and no certificate of our own.
    public var tls: TLSSettings?

    /// Whether to open a connection for this request alone, whatever connections there are, and to close it afterwards.
    ///
    /// For requests that are to find out whether the peer can be reached; only these tell ``HTTPResponse/certificateEnd``.
    public var opensConnection = false

    /// Describes a request; see the properties.
    ///
    /// - Parameters:
    ///   - method: such as `POST`.
    ///   - url: absolute, `http` or `https`.
    ///   - headers: fields in the order sent.
    ///   - body: the bytes to send.
    ///   - timeout: for the whole exchange; 30 s unless told.
    ///   - connectTimeout: for name, TCP and TLS; 5 s unless told.
    ///   - responseLimitBytes: decompressed; 1 MiB unless told.
    ///   - headerLimitBytes: 64 KiB unless told.
    ///   - tls: nil for the system's trust store.
    public init(
        method: String = "POST",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(5),
        responseLimitBytes: Int = 1 << 20,
        headerLimitBytes: Int = 1 << 16,
        tls: TLSSettings? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.responseLimitBytes = responseLimitBytes
        self.headerLimitBytes = headerLimitBytes
        self.tls = tls
    }
}
