public import JSONSchema
import NIOConcurrencyHelpers
public import PluginHost
public import PluginProtocol

/// Answers requests to plugins by closures, without a network.
///
/// `Sendable`.
public final class FakeTransport: WebhookTransport {
    /// Answers one request.
    public typealias Handler = @Sendable (WebhookRequest) async throws -> WebhookReply

    private struct State {
        var handlers: [String: Handler] = [:]
        var requests: [WebhookRequest] = []
    }

    private let state = NIOLockedValueBox(State())

    /// A transport that refuses every connection.
    public init() {}

    /// Answers what is posted to a URL.
    public func handle(_ url: String, _ handler: @escaping Handler) {
        state.withLockedValue { $0.handlers[url] = handler }
    }

    /// Answers what is posted to a URL with 200 and a JSON body.
    public func answer(_ url: String, _ body: String) {
        handle(url) { _ in .json(body) }
    }

    /// All requests so far.
    public var requests: [WebhookRequest] { state.withLockedValue { $0.requests } }

    /// The bodies of all requests to a URL.
    public func bodies(_ url: String) -> [JSON] {
        requests.filter { $0.url.description == url }.compactMap { try? JSON(parsing: $0.body) }
    }

    /// Hands the request to the URL's handler.
    public func post(_ request: WebhookRequest) async throws(WebhookFailure) -> WebhookReply {
        let handler = state.withLockedValue { state in
            state.requests.append(request)
            return state.handlers[request.url.description]
        }
        guard let handler else {
            throw WebhookFailure(kind: .connectRefused, message: "nobody listens", requestWasSent: false)
        }
        do {
            return try await handler(request)
        } catch let failure as WebhookFailure {
            throw failure
        } catch {
            throw WebhookFailure(kind: .headersLate, message: "cancelled", requestWasSent: true)
        }
    }

    /// Refuses 10.0.0.0/8.
    public func check(_ url: PluginURL) async throws(WebhookFailure) {
        if url.description.contains("//10.") {
            throw WebhookFailure(kind: .addressRefused, message: "10.0.0.0/8 is not public", requestWasSent: false)
        }
    }
}

extension WebhookReply {
    /// 200 with a JSON body.
    public static func json(_ body: String) -> WebhookReply {
        WebhookReply(status: 200, contentType: "application/json", body: Array(body.utf8))
    }
}
