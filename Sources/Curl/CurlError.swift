/// Why no whole response came, or why an address or a URL was refused.
///
/// `Sendable`. ``description`` is safe to log: it names hosts, addresses, limits and sizes, but holds no header, body or
/// query.
public struct CurlError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, decided by what had happened and not by message texts.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case addressRefused, badURL, badRequest, badAddressRange, overloaded, cancelled, shutDown
            case dns, connectRefused, connectTimeout, tls
            case sentButReset, headersLate, bodyLate, tooLarge, tooManyHeaders, badResponse, unsupportedEncoding
            case other
        }

        private let value: Value

        /// The address guard refused the URL, every address of the name, or the socket.
        public static let addressRefused = Code(value: .addressRefused)
        /// Not an absolute `http` or `https` URL in a form that all parsers read alike.
        public static let badURL = Code(value: .badURL)
        /// The method, a header or a limit of the request is not acceptable.
        public static let badRequest = Code(value: .badRequest)
        /// A range of addresses is not written as CIDR.
        public static let badAddressRange = Code(value: .badAddressRange)
        /// More transfers are under way or waiting than the client may hold.
        public static let overloaded = Code(value: .overloaded)
        /// The calling task was cancelled.
        public static let cancelled = Code(value: .cancelled)
        /// The client was shut down before the transfer ended.
        public static let shutDown = Code(value: .shutDown)
        /// The name has no address, or none came in time.
        public static let dns = Code(value: .dns)
        /// The connection was refused or the host cannot be reached.
        public static let connectRefused = Code(value: .connectRefused)
        /// Time ran out before the connection was ready for a request (TLS included).
        public static let connectTimeout = Code(value: .connectTimeout)
        /// The TLS handshake failed, or the certificate is not valid for the name.
        public static let tls = Code(value: .tls)
        /// The connection broke after it was ready and before the whole answer had come;
        /// ``CurlError/requestWasSent`` says whether a byte had left.
        public static let sentButReset = Code(value: .sentButReset)
        /// Time ran out after the connection was ready and before the header of the answer had come.
        public static let headersLate = Code(value: .headersLate)
        /// Time ran out between the header of the answer and its end.
        public static let bodyLate = Code(value: .bodyLate)
        /// The decompressed body is longer than allowed.
        public static let tooLarge = Code(value: .tooLarge)
        /// The header fields are longer or more than allowed.
        public static let tooManyHeaders = Code(value: .tooManyHeaders)
        /// What came is not HTTP, or switches to another protocol.
        public static let badResponse = Code(value: .badResponse)
        /// The content has an encoding that was not offered, or is broken in the one it names.
        public static let unsupportedEncoding = Code(value: .unsupportedEncoding)
        /// Anything else, such as a lack of memory; ``CurlError/curlCode`` tells more.
        public static let other = Code(value: .other)

        /// The name of the constant.
        public var description: String { value.rawValue }
    }

    /// The kind of failure.
    public let code: Code

    /// What went wrong, with the limit and the actual value where there is one.
    public let message: String

    /// What an operator can do about it, if anything.
    public let hint: String?

    /// libcurl's own number (`CURLcode`), or zero if libcurl did not report the failure.
    public let curlCode: Int

    /// True if at least one byte of the request was given to the connection, so that the peer may have acted on it.
    ///
    /// False is certain: the request can be sent again without risk of being acted upon twice.
    public let requestWasSent: Bool

    /// Where the time went until the failure.
    public let timings: TransferTimings

    /// The address last connected to, as text; empty if there was none.
    public let primaryIP: String

    /// Code and message.
    public var description: String {
        hint.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }

    init(
        _ code: Code,
        _ message: String,
        hint: String? = nil,
        curlCode: Int = 0,
        requestWasSent: Bool = false,
        timings: TransferTimings = TransferTimings(),
        primaryIP: String = ""
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.curlCode = curlCode
        self.requestWasSent = requestWasSent
        self.timings = timings
        self.primaryIP = primaryIP
    }

    /// The same error with timings.
    func with(_ timings: TransferTimings) -> CurlError {
        CurlError(
            code,
            message,
            hint: hint,
            curlCode: curlCode,
            requestWasSent: requestWasSent,
            timings: timings,
            primaryIP: primaryIP
        )
    }
}
