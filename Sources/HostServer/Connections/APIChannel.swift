import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// How a connection of Hummingbird's server is set up to speak the API over HTTP/1.1.
///
/// The pipeline is NIO's, down to one request at a time and to quiescing; at its end a ``RequestHandler`` takes the place of a stream
/// of parts. Bodies are small and bounded here, so that a request can be handed over whole: the parts of one went through a
/// task and back five times, which was a tenth of what a change costs.
struct APIChannel: ServerChildChannel {
    /// A connection and its end.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// The connection is closed and its last request was answered, or nobody waits for the answer any more.
        let ended: EventLoopFuture<Void>
    }

    let responder: APIResponder
    /// The largest body that is taken, in bytes.
    let bodyLimit: Int
    /// After which a connection is closed that sends nothing while its client is due to send.
    let idleTimeout: TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            // Names and values of header fields are made by the host alone.
            try pipeline.configureHTTPServerPipeline(withErrorHandling: false, withOutboundHeaderValidation: false)
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ConnectionGuard(bodyLimit: bodyLimit), position: .after(decoder))
            try pipeline.addHandler(IdleStateHandler(readTimeout: idleTimeout))
            let handler = RequestHandler(responder, bodyLimit: bodyLimit, ended: channel.eventLoop.makePromise())
            try pipeline.addHandler(handler)
            return Value(channel: channel, ended: handler.ended.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            // Never fails.
            try? await value.ended.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}
