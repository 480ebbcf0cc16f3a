import ArgumentParser
import JSONSchema

struct PluginAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Registers a plugin by its URL.",
        discussion: """
            The host pings the URL and reads the plugin's manifest: which events it wants and what it would like to change. \
            The plugin may do only what you grant. It is not asked before it is enabled.

            The host signs every request with a secret, printed once here: give it to the plugin. A plugin that has a secret \
            already is registered with --secret.

              pluginhost plugin add http://127.0.0.1:9000/ --secret whsec_… --grant-requested --enable
            """
    )

    @Argument(help: "Where the plugin listens, http or https.") var url: String

    @Option(name: .long, help: "Its name here (default: the one in its manifest).") var name: String?

    @Option(name: .long, help: ArgumentHelp("A secret that the plugin knows already, whsec_….", valueName: "secret"))
    var secret: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Grants a scope such as blocks:write; may be repeated (default: none).", valueName: "scope")
    )
    var grant: [String] = []

    @Flag(name: .long, help: "Grants every scope that the manifest asks for.") var grantRequested = false

    @Option(
        name: .long,
        help: ArgumentHelp("Reads the manifest from a JSON file instead of asking the plugin.", valueName: "file")
    )
    var manifest: String?

    @Flag(name: .long, help: "Never pings; for an endpoint that cannot answer pings. Needs --manifest.")
    var skipHandshake = false

    @Option(
        name: .long,
        help: ArgumentHelp("Trusts the authorities in a PEM file too, for this plugin alone.", valueName: "file")
    )
    var tlsAuthorities: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Shows this plugin the certificate in a PEM file. Needs --tls-key.", valueName: "file")
    )
    var tlsCertificate: String?

    @Option(name: .long, help: ArgumentHelp("The certificate's key in a PEM file.", valueName: "file"))
    var tlsKey: String?

    @Flag(name: .long, help: "Enables it at once; it must know its secret by then.") var enable = false

    @OptionGroup var options: ServerOptions

    func validate() throws {
        if grantRequested, !grant.isEmpty { throw ValidationError("Give either --grant or --grant-requested.") }
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key go together.")
        }
        if skipHandshake, manifest == nil { throw ValidationError("--skip-handshake needs --manifest.") }
    }

    func run() async throws {
        var body: JSONObject = ["url": .string(url)]
        if let name { body["name"] = .string(name) }
        if let secret { body["secret"] = .string(secret) }
        if let manifest { body["manifest"] = try InputFile.json(manifest) }
        var tls = JSONObject()
        for (name, file) in [("authorities", tlsAuthorities), ("certificate", tlsCertificate), ("key", tlsKey)] {
            if let file { tls[name] = .string(try InputFile.text(file)) }
        }
        if !tls.isEmpty { body["tls"] = .object(tls) }
        if skipHandshake { body["handshake"] = "skip" }
        body["scopes"] = .array(grant.map(JSON.string))
        let answer = try await options.withClient { client in
            let registered = try await client.call("POST", "/v1/plugins", body: .object(body))
            var plugin = registered
            if grantRequested, let wanted = registered["manifest"]?["scopes"] {
                plugin = try await client.call("PATCH", "/v1/plugins/\(registered.id)", body: ["scopes": wanted])
            }
            if enable {
                do {
                    plugin = try await client.call("POST", "/v1/plugins/\(registered.id)/enable")
                } catch {
                    // The secret is never shown again, so it must not be lost with the failure.
                    Terminal.standardError.write(PluginText.registered(registered, asked: secret == nil))
                    throw error
                }
            }
            guard case .object(var members) = plugin else { return plugin }
            members["secret"] = registered["secret"]
            return .object(members)
        }
        options.show(answer) { answer, width in
            PluginText.details(answer, width: width) + "\n" + PluginText.registered(answer, asked: secret == nil)
        }
    }
}
