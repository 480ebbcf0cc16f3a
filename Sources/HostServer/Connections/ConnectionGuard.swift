import HTTPTypes
import NIOCore
import NIOHTTP1
import PluginHost

/// Sees to what is decided before a request reaches a handler, or beside it.
///
/// - Bytes that are no HTTP get a problem detail like any other error, and the connection ends.
/// - `Expect: 100-continue` is answered, unless the body would be refused anyway.
/// - A client that goes on sending a body which was refused is cut off.
///
/// Used on one event loop.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let bodyLimit: Int
    private var bodyBytes = 0
    private var isReading = false
    private var unanswered = 0

    /// Makes a guard of one connection.
    ///
    /// - Parameter bodyLimit: the largest body that is taken, in bytes.
    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            bodyBytes = 0
            isReading = true
            unanswered += 1
            if head.headers.contains(name: "expect") { answerExpectation(context, head) }
        case .body(let part):
            bodyBytes += part.readableBytes
            // Hummingbird reads what is left of a body to reach the next request; that must end somewhere.
            if bodyBytes > 2 * bodyLimit + 65_536 { return context.close(promise: nil) }
        case .end: isReading = false
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // With another answer on its way, ours would be taken for it.
        guard error is HTTPParserError, unanswered == (isReading ? 1 : 0) else { return context.fireErrorCaught(error) }
        let body = ProblemDetails.reply(
            HostError(.invalidParameter, "The request is not well-formed HTTP/1.1: \(error).")
        ).body
        let headers: HTTPHeaders = [
            "content-type": MediaTypes.problem, "content-length": String(body.count), "cache-control": "no-store",
            "connection": "close",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Source: RFC 9110, section 10.1.1.
    private func answerExpectation(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }),
            head.version == .http1_1, length <= bodyLimit
        else { return }
        let interim = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
    }
}
