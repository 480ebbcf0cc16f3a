import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

extension HTTPServerBuilder {
    /// HTTP/1.1 whose connections are handled on their own event loop's thread.
    ///
    /// - Parameter idleTimeout: after which a connection without a request is closed.
    /// - Returns: what `Application` makes its server of.
    static func pinned(idleTimeout: TimeAmount) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            PinnedHTTP1Channel(
                channel: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: idleTimeout))
            )
        }
    }
}

/// An HTTP/1.1 connection whose handler runs on the connection's event loop.
///
/// Without this every request goes from the event loop's thread to one of the cooperative pool and back, which costs two wake-ups of
/// a thread: more than everything else the server does for a small request. Handlers do no blocking work, so the loop stays free.
struct PinnedHTTP1Channel: ServerChildChannel {
    let channel: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        self.channel.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        let executor = EventLoopTaskExecutor(value.channel.eventLoop)
        await withTaskExecutorPreference(executor) { await channel.handle(value: value, logger: logger) }
    }
}

/// Runs tasks on an event loop.
final class EventLoopTaskExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
