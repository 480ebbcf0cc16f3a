import ArgumentParser
import JSONSchema

struct DocumentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "document",
        abstract: "Makes, shows and changes documents.",
        subcommands: [
            DocumentCreateCommand.self, DocumentListCommand.self, DocumentShowCommand.self, DocumentApplyCommand.self,
            DocumentHistoryCommand.self,
        ]
    )
}

struct DocumentCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes a document, from text or from JSON.",
        discussion: """
            Text is read as simple Markdown: `# heading`, `- list item`, `> quote`, code between ``` lines, and paragraphs \
            between empty lines. Without --title the first `# heading` is the title.

              pluginhost document create --title "Minutes" --file minutes.md
              echo "Just a line." | pluginhost document create --title "Note" --file -
              pluginhost document create --json-file document.json
            """
    )

    @Option(name: .long, help: "The title.") var title: String?
    @Option(name: .long, help: ArgumentHelp("What kind of document it is (default: note).", valueName: "type"))
    var type: String?
    @Option(name: .long, help: ArgumentHelp("A text file; - reads standard input.", valueName: "file")) var file:
        String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A JSON file, {\"type\", \"title\", \"blocks\", …}; - reads standard input.",
            valueName: "file"
        )
    )
    var jsonFile: String?
    @Option(name: .long, help: ArgumentHelp("A tag; may be repeated.", valueName: "tag")) var tag: [String] = []
    @Flag(name: .long, help: "Shows what would be made, plugins' additions included, and makes nothing.") var dryRun =
        false
    @OptionGroup var options: ServerOptions

    func validate() throws {
        if file != nil, jsonFile != nil { throw ValidationError("Give either --file or --json-file.") }
        if file == nil, jsonFile == nil, title == nil { throw ValidationError("Give --title, --file or --json-file.") }
    }

    func run() async throws {
        let body = try creation()
        let answer = try await options.withClient { try await $0.call("POST", "/v1/documents", body: body) }
        options.show(answer) { answer, width in
            guard dryRun else { return DocumentText.details(answer, width: width, ids: false) }
            return ChangeText.details(answer, width: width, dryRun: true) + "\n"
                + DocumentText.details(answer["document"] ?? .null, width: width, ids: false)
        }
    }

    /// The body of the call.
    private func creation() throws -> JSON {
        var members: JSONObject = [:]
        if let jsonFile {
            guard case .object(let given) = try InputFile.json(jsonFile) else {
                throw CommandFailure("\(jsonFile) must hold a JSON object")
            }
            members = given
        }
        if let file {
            let text = MarkdownText(parsing: try InputFile.text(file), hasTitle: title != nil)
            members["title"] = .string(text.title ?? "")
            members["blocks"] = .array(text.blocks)
        }
        if let title { members["title"] = .string(title) }
        if let type { members["type"] = .string(type) }
        if members["type"] == nil { members["type"] = "note" }
        if dryRun { members["dryRun"] = true }
        if !tag.isEmpty { members["tags"] = .array(tag.map(JSON.string)) }
        return .object(members)
    }
}

struct DocumentListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists documents, the newest first.")

    @Option(name: .long, help: "Only documents of this type.") var type: String?
    @Option(name: .long, help: "Only documents with this tag.") var tag: String?
    @Option(name: .long, help: "At most so many.") var limit = 50
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            try await client.list("/v1/documents", [("type", type), ("tag", tag)], limit: limit)
        }
        options.show(answer, DocumentText.table)
    }
}

struct DocumentShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a document with its annotations."
    )

    @Argument(help: "The document's id, doc_….") var document: String
    @Flag(name: .long, help: "Shows the ids of blocks, which commands need.") var ids = false
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            try await client.call("GET", "/v1/documents/" + HostClient.encoded(document))
        }
        options.show(answer) { DocumentText.details($0, width: $1, ids: ids) }
    }
}

struct DocumentHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows who made each revision of a document, and how, the newest first."
    )

    @Argument(help: "The document's id, doc_….") var document: String
    @Option(name: .long, help: "At most so many revisions.") var limit = 20
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let answer = try await options.withClient { client in
            try await client.list("/v1/documents/\(HostClient.encoded(document))/history", limit: limit)
        }
        options.show(answer, DocumentText.history)
    }
}
