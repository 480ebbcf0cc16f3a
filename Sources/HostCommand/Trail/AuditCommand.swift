import ArgumentParser
import JSONSchema

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Shows who changed what, when and why.",
        subcommands: [AuditListCommand.self, AuditVerifyCommand.self]
    )
}

struct AuditListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Prints the end of the audit trail, the newest last.",
        discussion: """
            Times are in UTC; --from and --to take them as 2026-11-24T13:00:00Z.

              pluginhost audit list --plugin spellcheck --limit 100
              pluginhost audit list --kind exchange.refused
            """
    )

    @Option(
        name: .long,
        help: ArgumentHelp("Only what this plugin did or was asked (id or name).", valueName: "plugin")
    )
    var plugin: String?
    @Option(name: .long, help: ArgumentHelp("Only about this document.", valueName: "id")) var document: String?
    @Option(name: .long, help: ArgumentHelp("Only by this actor.", valueName: "id")) var actor: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only entries of this kind: mutation, exchange.refused, plugin.enabled ….",
            valueName: "kind"
        )
    )
    var kind: String?
    @Option(name: .long, help: ArgumentHelp("Only what happened then or later.", valueName: "time")) var from: String?
    @Option(name: .long, help: ArgumentHelp("Only what happened before.", valueName: "time")) var to: String?
    @Option(name: .long, help: "At most so many entries.") var limit = 20
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            let id: String? = try await client.pluginID(plugin)
            let parameters = [
                ("plugin", id), ("document", document), ("actor", actor), ("kind", kind), ("from", from), ("to", to),
            ]
            return try await client.list("/v1/audit", parameters, limit: limit)
        }
        options.show(answer, AuditText.table)
    }
}
