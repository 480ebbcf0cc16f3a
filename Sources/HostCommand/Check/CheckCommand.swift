import ArgumentParser
import Curl
import JSONSchema
import PluginProtocol

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tests whether a plugin keeps to the protocol. Needs no host.",
        discussion: """
            Speaks to the plugin as a host would: pings it, sends wrong and old signatures, an event that does not exist yet, \
            garbage, and an example of every event its manifest asks for, and judges the answers. Documents are made up and \
            nothing is stored, but the plugin acts on the requests as on any others.

            Give the plugin a secret and name the same here; without one most plugins refuse everything, as they should. \
            Exits with 1 when the plugin fails something marked MUST.

              pluginhost check http://127.0.0.1:9000/ --secret whsec_…

            A new secret for your plugin: pluginhost check --new-secret
            """
    )

    @Argument(help: "Where the plugin listens, http or https.") var url: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The secret that the plugin knows, whsec_… (default: PLUGINHOST_PLUGIN_SECRET, else a new one).",
            valueName: "secret"
        )
    )
    var secret: String?

    @Flag(name: .long, help: "Prints a new secret and does nothing else.") var newSecret = false

    @Flag(name: .long, help: "Prints the findings as JSON.") var json = false

    func validate() throws {
        if url == nil, !newSecret { throw ValidationError("Give the URL of the plugin.") }
    }

    func run() async throws {
        if newSecret {
            Terminal.standardOutput.write(WebhookSecret.generate().text)
            return
        }
        let given = secret ?? Environment.value("PLUGINHOST_PLUGIN_SECRET")
        let http = try HTTPClient.forAnyAddress()
        let findings: [CheckFinding]
        do {
            let check = PluginCheck(
                url: url ?? "",
                secret: try Self.secret(given),
                secretIsNew: given == nil,
                http: http
            )
            findings = await check.run()
            await http.shutdown()
        } catch {
            await http.shutdown()
            throw error
        }
        let output = Terminal.standardOutput
        output.write(json ? CheckText.json(findings).indentedText : CheckText.table(findings, output: output))
        if findings.contains(where: \.isFailure) { throw ExitCode.failure }
    }

    private static func secret(_ text: String?) throws(CommandFailure) -> WebhookSecret {
        guard let text else { return .generate() }
        do {
            return try WebhookSecret(parsing: text)
        } catch {
            throw CommandFailure("this is no secret: \(error)", hint: "`pluginhost check --new-secret` prints one.")
        }
    }
}
