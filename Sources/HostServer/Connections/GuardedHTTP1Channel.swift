import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

extension HTTPServerBuilder {
    /// HTTP/1.1 with a ``ConnectionGuard`` on every connection.
    ///
    /// - Parameters:
    ///   - idleTimeout: after which a connection without a request is closed.
    ///   - bodyLimit: the largest body that is taken, in bytes.
    /// - Returns: what `Application` makes its server of.
    static func guarded(idleTimeout: TimeAmount, bodyLimit: Int) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            GuardedHTTP1Channel(
                channel: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: idleTimeout)),
                bodyLimit: bodyLimit
            )
        }
    }
}

/// An HTTP/1.1 connection with a ``ConnectionGuard``.
///
/// Its handler runs on the cooperative pool. Running it on the connection's event loop was measured too: with two cores
/// and 32 connections it cost a third more, since every resumption of a task then goes through the loop's queue.
struct GuardedHTTP1Channel: ServerChildChannel {
    let channel: HTTP1Channel
    let bodyLimit: Int

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let made = self.channel.setup(channel: channel, logger: logger)
        do {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ConnectionGuard(bodyLimit: bodyLimit), position: .after(decoder))
            return made
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async { await channel.handle(value: value, logger: logger) }
}
