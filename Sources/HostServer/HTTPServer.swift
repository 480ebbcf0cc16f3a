import HTTPTypes
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import PluginHost
import PluginProtocol
public import ServiceLifecycle

/// The HTTP API of a host, and its console page.
///
/// Run it in a `ServiceGroup`. On graceful shutdown it accepts no more connections, lets running requests end and closes
/// idle connections. `Sendable`.
public struct HTTPServer: Service {
    private let responder: APIResponder
    private let address: String
    private let port: Int
    private let logger: Logger
    private let bodyLimit: Int
    private let onBound: @Sendable (Int) async -> Void

    /// Makes a server; nothing is opened before ``run()``.
    ///
    /// - Parameters:
    ///   - host: what answers.
    ///   - address: an IP address or a name to listen on, such as `127.0.0.1`.
    ///   - port: 0 to 65,535; 0 takes any free one.
    ///   - logger: gets a line per request (`debug` for reads and changes of documents, `info` for the rest), never a
    ///     token or a body.
    ///   - onBound: is called once with the port that the server listens on.
    /// - Throws: ``HostError`` of code `internal-error` when the program lacks an embedded file.
    public init(
        host: Host,
        address: String,
        port: Int,
        logger: Logger,
        onBound: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.responder = try APIResponder(host: host, logger: logger)
        self.address = address
        self.port = port
        self.logger = logger
        self.bodyLimit = host.limits.apiBodyBytes
        self.onBound = onBound
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: an error of the network when it cannot listen.
    public func run() async throws {
        // Hummingbird's own messages are about single connections: of no use above its warnings.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let server = Server(
            childChannelSetup: APIChannel(responder: responder, bodyLimit: bodyLimit, idleTimeout: .seconds(60)),
            configuration: ServerConfiguration(address: .hostname(address, port: port)),
            onServerRunning: { channel in await onBound(channel.localAddress?.port ?? port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quiet
        )
        try await server.run()
    }

    /// All operations that the server knows.
    var routes: [Route] { responder.table.routes }
}
