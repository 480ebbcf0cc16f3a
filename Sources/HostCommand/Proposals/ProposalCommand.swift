import ArgumentParser
import JSONSchema

struct ProposalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proposal",
        abstract: "Shows what plugins propose, and accepts or declines it.",
        discussion: """
            An answer of a plugin becomes a proposal when it comes later than asked and the plugin may not have that applied by itself \
            (scope answers:late), or when the document had moved on in a way that the answer could not follow and the plugin's \
            subscription says "onConflict": "propose".
            """,
        subcommands: [
            ProposalListCommand.self, ProposalShowCommand.self, ProposalAcceptCommand.self, ProposalDeclineCommand.self,
        ]
    )
}

struct ProposalListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists proposals, the newest first; the open ones unless told otherwise."
    )

    @Option(name: .long, help: ArgumentHelp("Only of this plugin (id or name).", valueName: "plugin")) var plugin:
        String?
    @Option(name: .long, help: ArgumentHelp("Only for this document.", valueName: "id")) var document: String?
    @Option(name: .long, help: ArgumentHelp("open, accepted, declined or all.", valueName: "state")) var state = "open"
    @Option(name: .long, help: "At most so many.") var limit = 20
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            let id: String? = try await client.pluginID(plugin)
            let parameters = [("plugin", id), ("document", document), ("state", state == "all" ? nil : state)]
            return try await client.list("/v1/proposals", parameters, limit: limit)
        }
        options.show(answer, ProposalText.table)
    }
}

struct ProposalShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one proposal: whose it is, what it would do, who decided."
    )

    @Argument(help: "The proposal's id, prp_….") var proposal: String
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            try await client.call("GET", "/v1/proposals/" + HostClient.encoded(proposal))
        }
        options.show(answer, ProposalText.details)
    }
}

struct ProposalAcceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Applies a proposal to the latest revision of its document, in the plugin's name.",
        discussion: """
            Positions are moved forward through what happened since the plugin saw the document. Where that is a conflict, the proposal \
            stays open. Who has looked at a later revision, and finds the commands right for that one, may name it by --base-revision.
            """
    )

    @Argument(help: "The proposal's id, prp_….") var proposal: String
    @Option(
        name: .customLong("base-revision"),
        help: ArgumentHelp("The revision that the commands are right for.", valueName: "revision")
    )
    var baseRevision: Int?
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let body: JSON? = baseRevision.map { ["baseRevision": .number(JSONNumber($0))] }
        let answer = try await options.withClient { client in
            try await client.call("POST", "/v1/proposals/\(HostClient.encoded(proposal))/accept", body: body)
        }
        options.show(answer, ProposalText.details)
    }
}

struct ProposalDeclineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decline",
        abstract: "Closes a proposal without applying it; the record stays."
    )

    @Argument(help: "The proposal's id, prp_….") var proposal: String
    @Option(help: "Why, for those who read it later.") var reason: String?
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let body: JSON? = reason.map { ["reason": .string($0)] }
        let answer = try await options.withClient { client in
            try await client.call("POST", "/v1/proposals/\(HostClient.encoded(proposal))/decline", body: body)
        }
        options.show(answer, ProposalText.details)
    }
}
