import ArgumentParser
import JSONSchema

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows why each plugin was asked about an event, or was not.",
        discussion: """
            The ids of events stand in the audit trail (with --json) and with every exchange. Plugins are shown as they were when \
            the event was raised, whatever became of them since. Instead of an event, a document shows its latest changes.

              pluginhost explain evt_…
              pluginhost explain evt_… --plugin spellcheck
              pluginhost explain doc_… --plugin spellcheck --limit 5
            """
    )

    @Argument(help: ArgumentHelp("The id of an event (evt_…) or of a document (doc_…).", valueName: "event"))
    var subject: String
    @Option(name: .long, help: ArgumentHelp("Only about this plugin (id or name).", valueName: "plugin")) var plugin:
        String?
    @Option(name: .long, help: "At most so many decisions.") var limit = 50
    @OptionGroup var options: ServerOptions

    func validate() throws {
        guard subject.hasPrefix("evt_") || subject.hasPrefix("doc_") else {
            throw ValidationError("Give the id of an event (evt_…) or of a document (doc_…), not \"\(subject)\".")
        }
    }

    func run() async throws {
        let answer = try await options.withClient { client in
            let id: String? = try await client.pluginID(plugin)
            let isEvent = subject.hasPrefix("evt_")
            let parameters = [
                ("event", isEvent ? subject : nil), ("document", isEvent ? nil : subject), ("plugin", id),
            ]
            return try await client.list("/v1/matches", parameters, limit: limit)
        }
        options.show(answer, MatchText.table)
    }
}
