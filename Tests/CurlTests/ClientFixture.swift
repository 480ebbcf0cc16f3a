import Curl
import TestSupport

/// Runs a test with a client that may connect to 127.0.0.1 and a server that follows a script, and ends both.
func withServer(
    script: @escaping @Sendable (HostileServer.Peer) -> Void,
    test: (HTTPClient, HostileServer) async throws -> Void
) async throws {
    let server = try HostileServer(script: script)
    defer { server.stop() }
    try await withClient { client in try await test(client, server) }
}

/// Runs a test with a client that may connect to 127.0.0.1, and shuts it down.
func withClient(
    configure: (inout HTTPClient.Configuration) -> Void = { _ in },
    test: (HTTPClient) async throws -> Void
) async throws {
    var configuration = HTTPClient.Configuration()
    configuration.addressGuard = AddressGuard(allow: [try CIDR(parsing: "127.0.0.0/8")])
    configure(&configuration)
    let client = try HTTPClient(configuration)
    do {
        try await test(client)
    } catch {
        await client.shutdown()
        throw error
    }
    await client.shutdown()
}

/// The error that a request ends with, or nil if an answer came.
func failure(of client: HTTPClient, _ request: HTTPRequest) async -> CurlError? {
    do throws(CurlError) {
        _ = try await client.send(request)
        return nil
    } catch {
        return error
    }
}
