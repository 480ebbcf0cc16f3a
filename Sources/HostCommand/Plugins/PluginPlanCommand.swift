import ArgumentParser
import JSONSchema
import PluginProtocol

struct PluginPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract:
            "Shows whom a change would be shown to before it is stored, in which order, and how long that may take.",
        discussion: """
            Plugins with subscriptions in the phase `before` see a change while the person who made it waits, one after the \
            other; each sees what the ones before it added. Judges, which change nothing, come last, all at the same time. \
            This lists the enabled plugins that may be asked (a document's tags and text may leave some out), which of them may \
            change the same part of a document, and whether all of them fit into the time that a change waits at most.

            Events: \(EventType.subscribable.map(\.rawValue).joined(separator: ", ")).

              pluginhost plugin plan --event document.changed
              pluginhost plugin plan --event document.changed --type note --json
            """
    )

    @Option(name: .long, help: ArgumentHelp("What the change would be, such as document.changed.", valueName: "event"))
    var event: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The type of the document (default: only plugins that are asked about documents of every type).",
            valueName: "type"
        )
    )
    var type: String?

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            try await client.call("GET", "/v1/plugins/plan" + HostClient.query([("event", event), ("type", type)]))
        }
        options.show(answer, PlanText.text)
    }
}
