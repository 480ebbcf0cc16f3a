import ArgumentParser
import JSONSchema

struct PluginRotateSecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-secret",
        abstract: "Gives a plugin a new secret; the older ones sign too for a while.",
        discussion: """
            From now on every request is signed with the new secret and with the older ones, so that a plugin that knows any of them \
            finds it genuine. Then give the plugin the new one, and see with `plugin probe` that it takes it. The older ones end by \
            themselves, or by `plugin drop-secret`.

              pluginhost plugin rotate-secret spellcheck --keep-seconds 3600

            After a leak: --keep-seconds 0 ends the older ones at once; the plugin refuses everything until it knows the new one.
            """
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @Option(
        name: .long,
        help: ArgumentHelp("A new secret that the plugin knows already, whsec_….", valueName: "secret")
    )
    var secret: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long the older secrets sign too, at most 604800 (default: 86400).",
            valueName: "seconds"
        )
    )
    var keepSeconds: Int?
    @OptionGroup var options: ServerOptions

    func run() async throws {
        var body = JSONObject()
        if let secret { body["secret"] = .string(secret) }
        if let keepSeconds { body["keepSeconds"] = .number(JSONNumber(keepSeconds)) }
        let answer = try await options.withClient { client in
            let path = "/v1/plugins/\(try await client.pluginID(plugin))/rotate-secret"
            return try await client.call("POST", path, body: .object(body))
        }
        options.show(answer) { answer, _ in SecretText.rotated(answer, asked: secret == nil) }
    }
}

struct PluginDropSecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop-secret",
        abstract: "Ends an older secret of a plugin at once.",
        discussion: """
            `plugin show` lists the secrets by their fingerprints, and `plugin probe` finds out which the plugin takes. A plugin that \
            takes the newest needs none of the older ones.

              pluginhost plugin drop-secret spellcheck 0f7d1c93ab52
            """
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @Argument(help: "The secret's fingerprint: 12 hexadecimal digits.") var fingerprint: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            let id = try await client.pluginID(plugin)
            return try await client.call("DELETE", "/v1/plugins/\(id)/secrets/" + HostClient.encoded(fingerprint))
        }
        options.show(answer) { answer, _ in SecretText.lines(answer).joined(separator: "\n") }
    }
}
