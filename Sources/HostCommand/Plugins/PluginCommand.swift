import ArgumentParser
import JSONSchema

struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin",
        abstract: "Registers plugins and decides what they may do.",
        discussion: "Where a command takes a plugin, give its id (plg_…) or its name.",
        subcommands: [
            PluginAddCommand.self, PluginListCommand.self, PluginShowCommand.self, PluginPlanCommand.self,
            PluginProbeCommand.self, PluginTestCommand.self, PluginGrantCommand.self, PluginEnableCommand.self,
            PluginDisableCommand.self, PluginResetBreakerCommand.self,
            PluginDisableCommand.self, PluginRotateSecretCommand.self, PluginDropSecretCommand.self,
            PluginRemoveCommand.self,
        ]
    )
}

struct PluginListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the registered plugins.")

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { try await $0.call("GET", "/v1/plugins") }
        options.show(answer, PluginText.table)
    }
}

struct PluginShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one plugin: what it asked for and what it was granted."
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { try await $0.plugin(plugin) }
        options.show(answer, PluginText.details)
    }
}

struct PluginGrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant",
        abstract: "Sets what a plugin may do; what it was granted before is replaced.",
        discussion: """
            Scopes: documents:write, properties:write, blocks:write, annotations:write, comments:write, tags:write, \
            participants:write, documents:create, documents:delete, answers:late. With no scope the plugin may change nothing.

              pluginhost plugin grant spellcheck annotations:write
            """
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @Argument(help: "The scopes to grant.") var scopes: [String] = []
    @Flag(name: .long, help: "Grants every scope that the plugin's manifest asks for.") var requested = false
    @OptionGroup var options: ServerOptions

    func validate() throws {
        if requested, !scopes.isEmpty { throw ValidationError("Give either scopes or --requested.") }
    }

    func run() async throws {
        let answer = try await options.withClient { client in
            let current = try await client.plugin(plugin)
            let wanted = requested ? current["manifest"]?["scopes"] ?? [] : .array(scopes.map(JSON.string))
            return try await client.call("PATCH", "/v1/plugins/\(current.id)", body: ["scopes": wanted])
        }
        options.show(answer, PluginText.details)
    }
}

struct PluginEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Pings a plugin and, when it answers as it should, begins to ask it."
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { try await $0.act("enable", on: plugin) }
        options.show(answer, PluginText.details)
    }
}

struct PluginDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Stops asking a plugin, at once. Nothing it did is undone."
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { try await $0.act("disable", on: plugin) }
        options.show(answer, PluginText.details)
    }
}

struct PluginResetBreakerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-breaker",
        abstract: "Has a plugin asked again, though its circuit breaker is open.",
        discussion:
            "The breaker opens again when the calls that follow fail as well. `plugin enable` does the same, after pings."
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { try await $0.act("reset-breaker", on: plugin) }
        options.show(answer, PluginText.details)
    }
}

struct PluginRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forgets a plugin and its secret. What it did stays in the audit trail."
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let id = try await options.withClient { client in
            let id = try await client.pluginID(plugin)
            _ = try await client.call("DELETE", "/v1/plugins/" + HostClient.encoded(id))
            return id
        }
        options.show(["id": .string(id), "removed": true]) { _, _ in "removed \(id)" }
    }
}
