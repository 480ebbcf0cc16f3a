import HTTPTypes
import Hummingbird
public import Logging
import NIOCore
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
    public func run() async throws { try await application.run() }

    /// All operations that the server knows.
    var routes: [Route] { responder.table.routes }

    /// The server as Hummingbird runs and tests it.
    var application: Application<APIResponder> {
        // Hummingbird's own messages are about single connections: of no use above its warnings.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let onBound = onBound
        let port = port
        return Application(
            responder: responder,
            server: .guarded(idleTimeout: .seconds(60), bodyLimit: bodyLimit),
            configuration: ApplicationConfiguration(address: .hostname(address, port: port), serverName: "pluginhost"),
            onServerRunning: { channel in await onBound(channel.localAddress?.port ?? port) },
            logger: quiet
        )
    }
}
