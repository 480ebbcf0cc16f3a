import JSONSchema

/// Exchanges as a person reads them.
enum ExchangeText {
    /// A line for each exchange of a list.
    static func table(_ list: JSON, width: Int?) -> String {
        var table = Table([
            .fixed("TIME"), .fixed("PLUGIN"), .flexible("ASKED ABOUT", least: 16), .fixed("OUTCOME"),
            .number("CHANGES"),
            .number("MS"), .flexible("REMARK", least: 12), .fixed("EXCHANGE"),
        ])
        for exchange in list["items"]?.arrayValue ?? [] {
            table.add([
                TimeText.seconds(exchange.text("time")), name(exchange), asked(exchange), outcome(exchange),
                exchange.text("mutations"), milliseconds(exchange["timings"]?["total"]), remark(exchange), exchange.id,
            ])
        }
        return table.isEmpty ? "no exchanges" : table.text(width: width)
    }

    /// Everything about one exchange but the bodies.
    static func summary(_ exchange: JSON, width: Int?) -> String {
        var facts = Facts()
        facts.add("exchange", exchange.id)
        facts.add("plugin", name(exchange) + " " + exchange.text("pluginVersion"))
        facts.add("document", exchange.text("document"))
        facts.add("revision", exchange.text("revision"))
        facts.add("asked about", asked(exchange))
        facts.add("time", TimeText.seconds(exchange.text("time")))
        facts.add("status", exchange.text("status"))
        facts.add("outcome", outcome(exchange))
        if let refusal = exchange["refusal"], !refusal.isNull { facts.add("because", RefusalText.line(refusal)) }
        for warning in exchange["warnings"]?.arrayValue ?? [] { facts.add("warning", warning.plainText) }
        for (name, note) in exchange["notes"]?.objectValue ?? [:] { facts.add("note \(name)", note.plainText) }
        facts.add("timings", timings(exchange["timings"]))
        return facts.text(width: width)
    }

    /// Everything about one exchange.
    static func details(_ exchange: JSON, width: Int?) -> String {
        var text = summary(exchange, width: width)
        for (title, key) in [("request", "request"), ("answer", "response")] {
            guard let body = exchange[key]?.stringValue, !body.isEmpty else { continue }
            let shown = (try? JSON(parsing: body))?.indentedText ?? body
            text +=
                "\n\(title)\n"
                + shown.split(separator: "\n").map { "  " + PrintableText.block(String($0)) }.joined(separator: "\n")
                + "\n"
        }
        return text
    }

    /// Whether the plugin was asked and gave a usable answer.
    static func wentWell(_ exchange: JSON) -> Bool { ["applied", "nothing"].contains(exchange.text("outcome")) }

    /// The plugin's name at the time.
    static func name(_ exchange: JSON) -> String {
        let name = exchange.text("pluginName")
        return name.isEmpty ? exchange.text("plugin") : name
    }

    /// The phase and the events: `after document.changed`.
    static func asked(_ exchange: JSON) -> String {
        var counts: [(type: String, count: Int)] = []
        for event in exchange["events"]?.arrayValue ?? [] {
            let type = event["type"]?.stringValue ?? event.plainText
            if let index = counts.firstIndex(where: { $0.type == type }) {
                counts[index].count += 1
            } else {
                counts.append((type, 1))
            }
        }
        let events = counts.map { $0.count > 1 ? "\($0.type) ×\($0.count)" : $0.type }
        return ([exchange.text("phase")] + events).filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The outcome; a denial is said to be one.
    static func outcome(_ exchange: JSON) -> String {
        let outcome = exchange.text("outcome")
        if denied(exchange) { return "denied" }
        return outcome.isEmpty ? "under way" : outcome
    }

    private static func denied(_ exchange: JSON) -> Bool {
        exchange["verdict"]?.stringValue == "deny" || exchange["verdict"]?["allow"]?.boolValue == false
    }

    private static func remark(_ exchange: JSON) -> String {
        if let refusal = exchange["refusal"], !refusal.isNull { return RefusalText.line(refusal) }
        return exchange["warnings"]?.arrayValue?.map(\.plainText).joined(separator: "; ") ?? ""
    }

    /// Microseconds as milliseconds with one digit after the point.
    static func milliseconds(_ microseconds: JSON?) -> String {
        guard let value = microseconds?.intValue else { return "" }
        return "\(value / 1000).\(value % 1000 / 100)"
    }

    private static func timings(_ timings: JSON?) -> String {
        let parts = ["match", "queue", "dns", "connect", "tls", "send", "plugin", "receive", "validate", "apply"]
        let split = parts.compactMap { part -> String? in
            guard let value = timings?[part]?.intValue, value > 0 else { return nil }
            return "\(part) \(milliseconds(timings?[part]))"
        }
        return milliseconds(timings?["total"]) + " ms" + (split.isEmpty ? "" : " (\(split.joined(separator: ", ")))")
    }
}
