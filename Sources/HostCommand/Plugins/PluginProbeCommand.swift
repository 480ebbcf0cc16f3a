import ArgumentParser
import JSONSchema

struct PluginProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Lets the host ping a plugin now: well signed, wrongly signed, and signed too long ago.",
        discussion: """
            Shows how long the plugin took and when its certificate ends, and notes whether it verifies signatures. No document \
            is touched. Exits with 1 when something is not as it should be.

              pluginhost plugin probe spellcheck
            """
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let report = try await options.withClient { client in
            try await client.act("probe", on: plugin)
        }
        options.show(report, ProbeText.table)
        if report["passed"]?.boolValue != true { throw ExitCode.failure }
    }
}

struct PluginTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract:
            "Lets the host probe a plugin and feed it its own results, and shows what was sent and what came back.",
        discussion: """
            After the pings of `plugin probe`, the plugin is asked about a made-up document for each of its subscriptions, and then \
            about what its answer makes of that document, to which it should answer nothing. The requests say that they are dry \
            runs; subscriptions that do not declare "sideEffects": "none" are passed over unless --side-effects is given. \
            Exits with 1 when something is not as it should be. `pluginhost check URL` tests much more.

              pluginhost plugin test spellcheck --side-effects
            """
    )

    @Argument(help: "The plugin's id or name.") var plugin: String
    @Flag(name: .long, help: "Also tries subscriptions whose answers may do something outside the answer.")
    var sideEffects = false
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let report = try await options.withClient { client in
            let query = sideEffects ? "?sideEffects=some" : ""
            return try await client.act("test\(query)", on: plugin)
        }
        options.show(report, ProbeText.details)
        if report["passed"]?.boolValue != true { throw ExitCode.failure }
    }
}
