import ArgumentParser
import JSONSchema

struct DocumentApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Changes a document; plugins that asked for it are called.",
        discussion: """
            Commands come from a JSON file, as a list or as {"commands": […]}, or from the options below, in their order here. \
            They are applied together or not at all.

              pluginhost document apply doc_… --set-title "A better title"
              pluginhost document apply doc_… --find "teh" --replace "the"
              pluginhost document apply doc_… --append "One more paragraph."
              pluginhost document apply doc_… --commands commands.json --expect-revision 3

            commands.json: [{"op": "property.set", "pointer": "/status", "value": "done"}]
            """
    )

    enum Wait: String, ExpressibleByArgument, CaseIterable { case committed, settled }

    @Argument(help: "The document's id, doc_….") var document: String

    @Option(name: .long, help: ArgumentHelp("A JSON file with commands; - reads standard input.", valueName: "file"))
    var commands: String?
    @Option(name: .long, help: ArgumentHelp("Sets the title.", valueName: "title")) var setTitle: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Text to replace, which must occur exactly once in its block; with --replace.",
            valueName: "text"
        )
    )
    var find: String?
    @Option(name: .long, help: ArgumentHelp("What to put in its place.", valueName: "text")) var replace: String?
    @Option(name: .long, help: ArgumentHelp("Adds a paragraph at the end; may be repeated.", valueName: "text"))
    var append: [String] = []
    @Option(
        name: .long,
        help: ArgumentHelp("Sets a property, /name=value; the value is JSON or else text.", valueName: "pointer=value")
    )
    var setProperty: [String] = []
    @Option(name: .long, help: ArgumentHelp("Adds a tag.", valueName: "tag")) var addTag: [String] = []
    @Option(name: .long, help: ArgumentHelp("Adds a comment on the document.", valueName: "text")) var comment: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Refuses the change if the document is at another revision.", valueName: "n")
    )
    var expectRevision: Int?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The revision that positions were made on; they are moved forward from there.",
            valueName: "n"
        )
    )
    var baseRevision: Int?
    @Flag(name: .long, help: "Shows what would happen and changes nothing.") var dryRun = false
    @Option(name: .long, help: "Waits until the change is durable (committed) or plugins have reacted too (settled).")
    var wait = Wait.settled
    @OptionGroup var options: ServerOptions

    func validate() throws {
        if (find == nil) != (replace == nil) { throw ValidationError("--find and --replace go together.") }
        for property in setProperty where !property.hasPrefix("/") || !property.contains("=") {
            throw ValidationError("--set-property takes /name=value, not \"\(property)\".")
        }
    }

    func run() async throws {
        let commands = try allCommands()
        guard !commands.isEmpty else {
            throw CommandFailure("no command given", hint: "See `pluginhost document apply --help`.")
        }
        var body: JSONObject = ["commands": .array(commands)]
        if let expectRevision { body["expectRevision"] = .number(JSONNumber(expectRevision)) }
        if let baseRevision { body["baseRevision"] = .number(JSONNumber(baseRevision)) }
        if dryRun { body["dryRun"] = true }
        let answer = try await options.withClient { client in
            let path = "/v1/documents/\(HostClient.encoded(document))/commands?wait=\(wait.rawValue)"
            return try await client.call("POST", path, body: .object(body))
        }
        options.show(answer) { ChangeText.details($0, width: $1, dryRun: dryRun) }
    }

    private func allCommands() throws -> [JSON] {
        var list: [JSON] = []
        if let commands {
            let given = try InputFile.json(commands)
            guard let elements = given.arrayValue ?? given["commands"]?.arrayValue else {
                throw CommandFailure("\(commands) must hold a list of commands, or {\"commands\": […]}")
            }
            list = elements
        }
        if let setTitle { list.append(["op": "document.setTitle", "title": .string(setTitle)]) }
        if let find, let replace {
            list.append([
                "op": "text.replace", "target": ["find": ["text": .string(find)]], "find": .string(find),
                "text": .string(replace),
            ])
        }
        for text in append {
            list.append(["op": "block.insert", "block": ["type": "paragraph", "text": .string(text)]])
        }
        for property in setProperty {
            let parts = property.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = (try? JSON(parsing: parts[1])) ?? .string(parts[1])
            list.append(["op": "property.set", "pointer": .string(parts[0]), "value": value])
        }
        for tag in addTag { list.append(["op": "tag.add", "tag": .string(tag)]) }
        if let comment { list.append(["op": "comment.add", "text": .string(comment)]) }
        return list
    }
}
