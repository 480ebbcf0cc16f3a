import Curl
import DocumentStore
import HostServer
import Logging
import PluginHost
import ServiceLifecycle
import UnixSignals

/// Where the parts meet: store, transport, engine and server become one program.
struct Assembly {
    /// What `serve` was told.
    ///
    /// `Sendable`.
    struct Settings: Sendable {
        var database: String
        var address: String
        var port: Int
        var publicURL: String?
        var allow: [CIDR] = []
        var deny: [CIDR] = []
        var administratorToken: String?
        var storeKey: String?
        /// How often enabled plugins are pinged; nil for never.
        var pingInterval: Duration?
    }

    /// The program's version.
    static let version = "0.1.0"

    let settings: Settings
    let logger: Logger

    /// Runs a host until it is asked to stop by SIGTERM or SIGINT.
    ///
    /// `onToken` is called with the administrator's token if one had to be made, before anything can fail that would lose it; `onReady`
    /// once requests are served, with the address.
    ///
    /// - Throws: `StoreError`, `CurlError` or ``HostError``, or an error of the network.
    func run(
        onToken: @Sendable (_ token: String) -> Void,
        onReady: @escaping @Sendable (_ url: String) async -> Void
    ) async throws {
        let port = try settings.port == 0 ? FreePort.on(settings.address) : settings.port
        let key = try settings.storeKey.map { try StoreKey(base64: $0) } ?? .loadOrCreate(besides: settings.database)
        let store = try SQLiteStore(path: settings.database, key: key, logger: logger)
        var curl = HTTPClient.Configuration()
        curl.addressGuard = AddressGuard(
            allow: settings.allow,
            deny: settings.deny,
            // A plugin at the host's own address would be the host asking itself.
            refusedEndpoints: AddressGuard.endpoints(ofServerOn: settings.address, port: port)
        )
        let client = try HTTPClient(curl)
        let local = "http://\(settings.address.contains(":") ? "[\(settings.address)]" : settings.address)"
        let host = Host(
            store: store,
            transport: CurlTransport(client: client),
            configuration: HostConfiguration(
                publicURL: settings.publicURL ?? "\(local):\(port)",
                version: Self.version,
                pingInterval: settings.pingInterval
            ),
            logger: logger
        )
        try await host.start()
        if let token = try await host.ensureAdministrator(token: settings.administratorToken) { onToken(token) }
        let server = try HTTPServer(
            host: host,
            address: settings.address,
            port: port,
            logger: logger,
            onBound: { await onReady("\(local):\($0)") }
        )
        // Stopped in the reverse order: first no request comes any more, then what is under way ends.
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: ReactionsService(host: host)), .init(service: server)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await group.run()
        } catch {
            await client.shutdown()
            await store.close()
            throw error
        }
        await client.shutdown()
        await store.close()
    }
}

/// The engine's loop as a service.
private struct ReactionsService: Service {
    let host: Host

    func run() async throws {
        await withGracefulShutdownHandler {
            await host.run()
        } onGracefulShutdown: {
            host.stop()
        }
    }
}
