import HTTPTypes
import NIOCore
import NIOHTTP1

/// Collects the requests of a connection, has each answered by a task, and sends the answer.
///
/// What needs no body (the route, who calls, the announced length) is decided when the head is there, and a refusal is sent at
/// once. NIO's `HTTPServerPipelineHandler` stands before it: the next request comes after the answer.
///
/// Used on one event loop.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let responder: APIResponder
    private let bodyLimit: Int
    /// Fulfilled when the connection is closed and no task works for it.
    let ended: EventLoopPromise<Void>

    private var context: ChannelHandlerContext?
    // Waits for its body.
    private var admitted: AdmittedRequest?
    private var body: [UInt8] = []
    private var isReading = false
    private var isAnswering = false
    private var keepsAlive = true
    private var isHeadOnly = false

    init(_ responder: APIResponder, bodyLimit: Int, ended: EventLoopPromise<Void>) {
        self.responder = responder
        self.bodyLimit = bodyLimit
        self.ended = ended
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if let admitted {
            self.admitted = nil
            responder.abandon(admitted)
        }
        if !isAnswering { ended.succeed() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let part): collect(part)
        case .end:
            isReading = false
            answer(on: context.eventLoop)
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        isReading = true
        keepsAlive = head.isKeepAlive
        isHeadOnly = head.method == .HEAD
        switch responder.admit(RequestHead(head)) {
        case .refused(let reply): send(reply)
        case .admitted(let request):
            admitted = request
            body.reserveCapacity(request.course.head.headers.contentLength ?? 0)
        }
    }

    private func collect(_ part: ByteBuffer) {
        // What is left of a body that was refused.
        guard let admitted else { return }
        let count = body.count + part.readableBytes
        guard count <= bodyLimit else {
            self.admitted = nil
            body = []
            return send(responder.refuse(admitted, bodyOf: count))
        }
        body.append(contentsOf: part.readableBytesView)
    }

    private func answer(on eventLoop: any EventLoop) {
        guard let request = admitted else { return }
        admitted = nil
        isAnswering = true
        let body = body
        self.body = []
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        Task { [responder] in
            let reply = await responder.respond(to: request, body: body)
            eventLoop.execute { handler.value.finish(reply) }
        }
    }

    private func finish(_ reply: Reply) {
        isAnswering = false
        if context == nil { ended.succeed() } else { send(reply) }
    }

    private func send(_ reply: Reply) {
        guard let context else { return }
        var head = reply.head
        if !keepsAlive { head.headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !reply.body.isEmpty, !isHeadOnly {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
        }
        let end = wrapOutboundOut(.end(nil))
        if keepsAlive {
            context.writeAndFlush(end, promise: nil)
        } else {
            let channel = context.channel
            context.writeAndFlush(end).whenComplete { _ in channel.close(promise: nil) }
        }
        // A client could go on for ever sending a body that was refused.
        if isReading, reply.status == .contentTooLarge {
            let channel = context.channel
            context.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case IdleStateHandler.IdleStateEvent.read where isReading || !isAnswering: context.close(promise: nil)
        case ChannelEvent.inputClosed:
            // The client sends nothing more, but may wait for an answer.
            keepsAlive = false
            if !isAnswering { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
