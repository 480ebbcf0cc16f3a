import JSONSchema
import PluginProtocol

/// The demo's story, step by step; each step checks that it did what it should.
struct Demo {
    let stage: DemoStage
    let client: HostClient
    let report: DemoReport

    /// Tells the whole story.
    ///
    /// - Throws: ``CommandFailure`` or ``APIProblem`` when it cannot go on.
    func run() async throws {
        report.say(
            """
            Three plugins, each a program of its own, work on one document. The host asks them over HTTP with signed requests, \
            checks every answer, applies what is allowed, and writes down who changed what. Everything runs on this machine.
            """
        )
        try await introducePlugins()
        let document = try await writeDocument()
        try await editDocument(document)
        try await createWithoutTitle()
        try await summarise()
        try await showTrail()
        try await refuse(document)
    }

    private func introducePlugins() async throws {
        report.section("The host and its plugins")
        report.show("host \(stage.server)\n")
        for sample in stage.samples {
            let secret = WebhookSecret.generate().text
            let url = try await stage.open(sample, secret: secret)
            let registered = try await client.call(
                "POST",
                "/v1/plugins",
                body: ["url": .string(url), "secret": .string(secret), "scopes": []]
            )
            let path = "/v1/plugins/\(registered.id)"
            _ = try await client.call("PATCH", path, body: ["scopes": registered["manifest"]?["scopes"] ?? []])
            let plugin = try await client.call("POST", path + "/enable")
            report.check(
                plugin.text("state") == "enabled" && plugin["verifiesSignatures"]?.boolValue == true,
                "\(sample.name) (\(sample.language)) answered the handshake and refused a wrong signature"
            )
        }
        let plugins = try await client.call("GET", "/v1/plugins")
        report.show("")
        for plugin in plugins["items"]?.arrayValue ?? [] {
            var facts = Facts()
            facts.add(plugin.text("name"), plugin["manifest"]?.text("description"))
            facts.add("", "may: " + (plugin["scopes"]?.arrayValue?.map(\.plainText).joined(separator: ", ") ?? ""))
            report.show(facts.text(width: report.width - 3))
        }
    }

    private func writeDocument() async throws -> String {
        report.section("A document is written")
        let text = MarkdownText(parsing: stage.text, hasTitle: false)
        let created = try await client.call(
            "POST",
            "/v1/documents",
            body: ["type": "note", "title": .string(text.title ?? ""), "blocks": .array(text.blocks)]
        )
        report.show(
            "Somebody saves \"\(text.title ?? "")\", \(text.blocks.count) blocks with straight quotes and a few misspellings."
        )
        let exchanges = try await quiet(created.id)
        let document = try await client.call("GET", "/v1/documents/\(created.id)")
        report.show("")
        try await tell(exchanges)
        let words = DocumentSearch.annotated("spelling", in: document)
        let all = DocumentSearch.text(of: document)
        report.check(
            !all.contains("\"") && all.contains("“"),
            "house-style put typographic quotes in before the text was saved"
        )
        report.check(
            words.contains("seperate") && words.contains("wich"),
            "spellcheck marked: \(words.joined(separator: ", "))"
        )
        report.check(
            DocumentSearch.blocks(of: document).count > text.blocks.count,
            "table-of-contents added a table of contents"
        )
        report.check(exchanges.allSatisfy { ExchangeText.wentWell($0) }, "no answer was refused")
        return created.id
    }

    private func editDocument(_ id: String) async throws {
        report.section("The document is edited")
        let commands: JSON = [
            ["op": "text.replace", "target": ["find": ["text": "seperate"]], "find": "seperate", "text": "separate"],
            ["op": "block.insert", "block": ["type": "heading", "text": "Thank you", "properties": ["level": 2]]],
            ["op": "block.insert", "block": ["type": "paragraph", "text": "Your help is \"much\" apreciated."]],
        ]
        let answer = try await client.call(
            "POST",
            "/v1/documents/\(id)/commands?wait=settled",
            body: ["commands": commands]
        )
        report.show("One misspelling is corrected; a heading and a sentence with a new one are added:")
        for command in commands.arrayValue ?? [] { report.show("  " + PrintableText.line(CommandText.line(command))) }
        report.show("")
        try await tell(answer["exchanges"]?.arrayValue ?? [])
        let document = try await client.call("GET", "/v1/documents/\(id)")
        let words = DocumentSearch.annotated("spelling", in: document)
        report.check(
            !words.contains("seperate") && words.contains("apreciated"),
            "spellcheck marked the new word and unmarked the corrected one"
        )
        let all = DocumentSearch.text(of: document)
        report.check(all.contains("“much”"), "house-style corrected the new quotes")
        report.check(
            DocumentSearch.blocks(of: document).filter { $0.text("text").contains("Thank you") }.count > 1,
            "table-of-contents listed the new heading"
        )
        report.check(answer["settled"]?.boolValue == true, "all reactions ended")
    }

    private func createWithoutTitle() async throws {
        report.section("A plugin denies a change")
        report.show("Somebody saves a document without a title. What they see:\n")
        var body: JSONObject = [
            "type": "note", "title": "",
            "blocks": [["type": "paragraph", "text": "Who brings the cake on Friday? Please sign below."]],
        ]
        do {
            _ = try await client.call("POST", "/v1/documents", body: .object(body))
            report.check(false, "house-style denied a document without a title")
        } catch let problem as APIProblem {
            report.show(problem.text(width: report.width - 5), indent: "     ")
            report.show("")
            report.check(problem.code == "denied-by-plugin", "house-style denied a document without a title")
            let suggested = (problem.json["reasons"]?.arrayValue ?? []).flatMap { $0["suggest"]?.arrayValue ?? [] }
            let title = suggested.first { $0.text("op") == "document.setTitle" }?.text("title") ?? ""
            report.check(!title.isEmpty, "it suggested a fix: the title “\(PrintableText.line(title))”")
            body["title"] = .string(title)
            let created = try await client.call("POST", "/v1/documents", body: .object(body))
            report.check(created["revision"]?.intValue != nil, "with the suggestion applied, the document was saved")
            _ = try await quiet(created.id)
        }
    }

    private func summarise() async throws {
        report.section("What each plugin was asked, answered and changed")
        var table = Table([
            .fixed("PLUGIN"), .number("ASKED"), .number("ANSWERED"), .number("DENIED"), .number("REFUSED"),
            .number("CHANGES"),
            .number("MEDIAN MS"),
        ])
        let all = try await client.list("/v1/exchanges", limit: 1000)["items"]?.arrayValue ?? []
        for sample in stage.samples {
            let own = all.filter { $0.text("pluginName") == sample.name && !$0.text("phase").isEmpty }
            let times = own.compactMap { $0["timings"]?["total"]?.intValue }.sorted()
            table.add([
                sample.name, String(own.count), String(own.filter { !$0.text("status").isEmpty }.count),
                String(own.filter { ExchangeText.outcome($0) == "denied" }.count),
                String(own.filter { ["refused", "failed"].contains(ExchangeText.outcome($0)) }.count),
                String(own.compactMap { $0["mutations"]?.intValue }.reduce(0, +)),
                times.isEmpty ? "" : ExchangeText.milliseconds(.number(JSONNumber(times[times.count / 2]))),
            ])
            report.check(!own.isEmpty, "\(sample.name) was asked")
        }
        report.show("\n" + table.text(width: report.width - 3).dropLast())
    }

    private func showTrail() async throws {
        report.section("The audit trail")
        let trail = try await client.list("/v1/audit", limit: 1000)
        let items = trail["items"]?.arrayValue ?? []
        let shown = JSON.object(["items": .array(Array(items.prefix(24)))])
        report.show("The last \(min(items.count, 24)) of \(items.count) entries:\n")
        report.show(AuditText.table(shown, width: report.width - 3, dates: false))
        let actors = Set(items.map { ActorText.name($0["actor"]) })
        report.check(stage.samples.allSatisfy { actors.contains($0.name) }, "every change has its author")
    }

    private func refuse(_ document: String) async throws {
        report.section("An answer is refused")
        let plugin = try await client.plugin("table-of-contents")
        _ = try await client.call("PATCH", "/v1/plugins/\(plugin.id)", body: ["scopes": []])
        report.show("An administrator takes from table-of-contents all it may do. Then somebody adds a heading:\n")
        let commands: JSON = [
            ["op": "block.insert", "block": ["type": "heading", "text": "Questions", "properties": ["level": 2]]]
        ]
        let answer = try await client.call(
            "POST",
            "/v1/documents/\(document)/commands?wait=settled",
            body: ["commands": commands]
        )
        let refused = (answer["exchanges"]?.arrayValue ?? []).first {
            $0.text("pluginName") == "table-of-contents" && $0.text("outcome") == "refused"
        }
        guard let refused else {
            report.check(false, "the answer of table-of-contents was refused")
            return
        }
        let exchange = try await client.call("GET", "/v1/exchanges/\(refused.id)")
        report.show(ExchangeText.summary(exchange, width: report.width - 5), indent: "     ")
        report.check(
            exchange["refusal"]?.text("kind") == "not-granted",
            "the answer was refused: the plugin may not do that"
        )
        let after = try await client.call("GET", "/v1/documents/\(document)")
        report.check(
            DocumentSearch.blocks(of: after).filter { $0.text("text").contains("Questions") }.count == 1,
            "nothing of the answer was applied, and the person's own change stands"
        )
        _ = try await client.call("PATCH", "/v1/plugins/\(plugin.id)", body: ["scopes": plugin["scopes"] ?? []])
    }

    /// Shows exchanges as a table, with an example of what each plugin wanted.
    private func tell(_ exchanges: [JSON]) async throws {
        var table = Table([
            .fixed("PLUGIN"), .flexible("ASKED ABOUT", least: 16), .number("COMMANDS"), .fixed("OUTCOME"),
            .number("CHANGES"), .number("MS"),
        ])
        var examples: [(plugin: String, command: JSON)] = []
        for exchange in exchanges.sorted(by: { $0.id < $1.id }) {
            let commands = try await client.call("GET", "/v1/exchanges/\(exchange.id)")["commands"]?.arrayValue ?? []
            let plugin = ExchangeText.name(exchange)
            table.add([
                plugin, ExchangeText.asked(exchange), String(commands.count), ExchangeText.outcome(exchange),
                exchange.text("mutations"),
                ExchangeText.milliseconds(exchange["timings"]?["total"]),
            ])
            if let command = commands.first, !examples.contains(where: { $0.plugin == plugin }) {
                examples.append((plugin, command))
            }
        }
        report.show(table.text(width: report.width - 3))
        for example in examples {
            let line = "\(example.plugin) for example: \(CommandText.line(example.command))"
            report.show(PrintableText.shortened(PrintableText.line(line), columns: report.width - 3))
        }
        report.show("")
    }

    /// Waits until no plugin is asked about a document any more.
    ///
    /// - Returns: the document's exchanges.
    /// - Throws: ``CommandFailure`` after 20 s.
    private func quiet(_ document: String) async throws -> [JSON] {
        var last = -1
        var calm = 0
        for _ in 0..<200 {
            try await Task.sleep(for: .milliseconds(100))
            let exchanges =
                try await client.list("/v1/exchanges", [("document", document)], limit: 500)["items"]?.arrayValue ?? []
            let running = exchanges.contains { $0.text("outcome").isEmpty }
            calm = !running && exchanges.count == last ? calm + 1 : 0
            last = exchanges.count
            if calm >= 5, !exchanges.isEmpty { return exchanges }
        }
        throw CommandFailure("the plugins were still being asked after 20 s")
    }
}

/// Looks things up in a document's JSON.
enum DocumentSearch {
    /// All blocks in reading order.
    static func blocks(of document: JSON) -> [JSON] {
        (document["blocks"]?.arrayValue ?? []).flatMap { [$0] + children(of: $0) }
    }

    /// The text of all blocks, a line each.
    static func text(of document: JSON) -> String {
        blocks(of: document).map { $0.text("text") }.joined(separator: "\n")
    }

    /// The pieces of text that have an annotation of the name.
    static func annotated(_ name: String, in document: JSON) -> [String] {
        blocks(of: document).flatMap { block in
            let scalars = Array(block.text("text").unicodeScalars)
            return (block["annotations"]?.arrayValue ?? []).compactMap { annotation -> String? in
                guard annotation.text("name") == name, let start = annotation["start"]?.intValue,
                    let end = annotation["end"]?.intValue,
                    start >= 0, start <= end, end <= scalars.count
                else { return nil }
                return String(String.UnicodeScalarView(scalars[start..<end]))
            }
        }
    }

    private static func children(of block: JSON) -> [JSON] {
        (block["children"]?.arrayValue ?? []).flatMap { [$0] + children(of: $0) }
    }
}
