import ArgumentParser
import JSONSchema

struct ExchangeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchange",
        abstract: "Shows what plugins were asked and what they answered.",
        subcommands: [ExchangeListCommand.self, ExchangeShowCommand.self]
    )
}

struct ExchangeListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists exchanges with plugins, the newest first.",
        discussion: """
            OUTCOME is one of: applied, nothing (the plugin had nothing to say), refused (an answer came and was not acceptable), \
            failed (no usable answer came), skipped (not asked), late, interrupted.
            """
    )

    @Option(name: .long, help: ArgumentHelp("Only with this plugin (id or name).", valueName: "plugin")) var plugin:
        String?
    @Option(name: .long, help: ArgumentHelp("Only about this document.", valueName: "id")) var document: String?
    @Option(name: .long, help: ArgumentHelp("Only with this outcome.", valueName: "outcome")) var outcome: String?
    @Option(name: .long, help: "At most so many.") var limit = 20
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            let id: String? = try await client.pluginID(plugin)
            let parameters = [("plugin", id), ("document", document), ("outcome", outcome)]
            return try await client.list("/v1/exchanges", parameters, limit: limit)
        }
        options.show(answer, ExchangeText.table)
    }
}

struct ExchangeShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one exchange: request, answer, why it was refused, where the time went."
    )

    @Argument(help: "The exchange's id, exc_….") var exchange: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            try await client.call("GET", "/v1/exchanges/" + HostClient.encoded(exchange))
        }
        options.show(answer, ExchangeText.details)
    }
}
