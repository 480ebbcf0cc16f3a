import PluginKit

/// The plugin: asked after each change, it answers with what brings the table up to date.
enum TableOfContentsPlugin {
    static func make(
        secrets: @escaping @Sendable () -> [WebhookSecret],
        onError: @escaping @Sendable (any Error) -> Void
    ) throws -> Plugin {
        try Plugin(
            name: "table-of-contents",
            version: "1.0.0",
            description: "Keeps a table of contents at the top of documents with two headings or more.",
            scopes: [.blocksWrite],
            handlers: [
                Handler(
                    .documentCreated,
                    .documentChanged,
                    reads: ["/blocks"],
                    writes: ["/blocks"],
                    sideEffects: .none
                ) { call in
                    guard let document = call.document else { return .nothing }
                    let table = TableOfContents(of: document)
                    let commands = try table.commands(for: document)
                    guard !commands.isEmpty else { return .nothing }
                    return PluginAnswer(commands: commands, notes: ["headings": .string("\(table.entries.count)")])
                }
            ],
            secrets: secrets,
            onError: onError
        )
    }
}
