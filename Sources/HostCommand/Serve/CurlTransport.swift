import Curl
import DocumentModel
import PluginHost
import PluginProtocol

/// Carries the engine's requests over libcurl: the adapter between the port and the HTTP client.
struct CurlTransport: WebhookTransport {
    /// The longest wait for a connection; the rest of a request's time is the plugin's.
    private static let connectTimeout = Duration.seconds(2)

    let client: HTTPClient

    func post(_ request: WebhookRequest) async throws(WebhookFailure) -> WebhookReply {
        var message = HTTPRequest(
            url: request.url.description,
            headers: request.headers,
            body: request.body,
            timeout: request.timeout,
            connectTimeout: min(request.timeout, Self.connectTimeout),
            responseLimitBytes: request.responseLimitBytes,
            tls: request.tls.map { TLSSettings($0) }
        )
        message.opensConnection = request.opensConnection
        do {
            let response = try await client.send(message)
            return WebhookReply(
                status: response.status,
                contentType: response.contentType,
                body: response.body,
                timings: WebhookTimings(response.timings),
                certificateEnd: response.certificateEnd.map { Timestamp(millisecondsSince1970: $0 * 1000) }
            )
        } catch {
            throw WebhookFailure(error)
        }
    }

    func check(_ url: PluginURL) async throws(WebhookFailure) {
        do {
            try await client.check(url: url.description)
        } catch {
            throw WebhookFailure(error)
        }
    }
}

extension TLSSettings {
    fileprivate init(_ tls: WebhookTLS) {
        self.init(
            authorities: tls.authorities.map { .bytes($0) },
            certificate: tls.certificate.map { .bytes($0) },
            key: tls.key.map { .bytes($0) }
        )
    }
}

extension WebhookTimings {
    fileprivate init(_ timings: TransferTimings) {
        self.init()
        queue = timings.queue
        dns = timings.dns
        connect = timings.connect
        tls = timings.tls
        send = timings.send
        wait = timings.wait
        receive = timings.receive
    }
}

extension WebhookFailure {
    fileprivate init(_ error: CurlError) {
        self.init(
            kind: FailureKind(error.code),
            message: error.message,
            requestWasSent: error.requestWasSent,
            timings: WebhookTimings(error.timings)
        )
    }
}

extension FailureKind {
    /// The row of the failure table that a transfer's failure belongs to.
    fileprivate init(_ code: CurlError.Code) {
        self =
            switch code {
            case .addressRefused, .badURL, .badRequest, .badAddressRange: .addressRefused
            case .dns: .dns
            case .connectRefused: .connectRefused
            case .connectTimeout: .connectTimeout
            case .tls: .tls
            case .headersLate: .headersLate
            case .bodyLate: .bodyLate
            case .tooLarge, .tooManyHeaders: .tooLarge
            case .unsupportedEncoding: .badEncoding
            case .overloaded: .overloaded
            // An answer without a valid status counts as one of the plugin's own failures, see ``FailureKind/serverError``.
            case .badResponse: .serverError
            default: .sentButReset
            }
    }
}
