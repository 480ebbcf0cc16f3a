import ArgumentParser
import Foundation
import JSONSchema

/// Where the host is, who asks, and how answers are printed; the options of every command that talks to a host.
struct ServerOptions: ParsableArguments {
    /// Where `serve` listens unless told otherwise.
    static let defaultServer = "http://127.0.0.1:8080"

    @Option(
        name: .long,
        help: ArgumentHelp("The host's address (default: PLUGINHOST_SERVER, else \(defaultServer)).", valueName: "url")
    )
    var server: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The token to show the host (default: PLUGINHOST_TOKEN). `serve` prints one when it first starts.",
            valueName: "token"
        )
    )
    var token: String?

    @Flag(name: .long, help: "Prints the host's answer as JSON instead of text for people.")
    var json = false

    /// Runs a command's work with a client, and closes its connections.
    func withClient<Result>(_ body: (HostClient) async throws -> Result) async throws -> Result {
        let environment = ProcessInfo.processInfo.environment
        let server = server ?? environment["PLUGINHOST_SERVER"] ?? Self.defaultServer
        let client = try HostClient(server: server, token: token ?? environment["PLUGINHOST_TOKEN"])
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    /// Prints an answer: as JSON when that was asked for, else as the text made of it.
    func show(_ answer: JSON, _ text: (JSON, Int?) -> String) {
        let output = Terminal.standardOutput
        output.write(json ? answer.indentedText : text(answer, output.width))
    }
}
