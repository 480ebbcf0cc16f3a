import JSONSchema

/// Plugins as a person reads them.
enum PluginText {
    /// A line for each plugin of a list.
    static func table(_ list: JSON, width: Int?) -> String {
        var table = Table([
            .fixed("NAME"), .fixed("STATE"), .flexible("ASKED ABOUT", least: 16), .flexible("MAY", least: 12),
            .fixed("SIGNATURES"), .fixed("PING"), .flexible("URL", least: 16), .flexible("ID", least: 12),
        ])
        for plugin in list["items"]?.arrayValue ?? [] {
            table.add([
                plugin.text("name"), BreakerText.state(plugin), subscriptions(plugin), granted(plugin),
                signatures(plugin),
                HealthText.short(plugin), plugin.text("url"), plugin.id,
            ])
        }
        return table.isEmpty ? "no plugin is registered (pluginhost plugin add --help)" : table.text(width: width)
    }

    /// Everything about one plugin.
    static func details(_ plugin: JSON, width: Int?) -> String {
        var facts = Facts()
        facts.add("name", plugin.text("name"))
        facts.add("id", plugin.id)
        facts.add("state", plugin.text("state"))
        facts.add("url", plugin.text("url"))
        let manifest = plugin["manifest"] ?? .null
        facts.add("version", manifest.text("version"))
        facts.add("does", manifest.text("description"))
        facts.add("asks for", scopes(manifest["scopes"]))
        facts.add("may", granted(plugin))
        facts.add("signatures", signatures(plugin))
        facts.add("breaker", BreakerText.line(plugin))
        for line in SecretText.lines(plugin) { facts.add("secret", line) }
        facts.add("ping", HealthText.ping(plugin))
        facts.add("certificate", HealthText.certificate(plugin))
        var text = facts.text(width: width)
        var table = Table([
            .fixed("PHASE"), .flexible("EVENTS", least: 20), .number("ORDER"), .number("TIMEOUT"), .fixed("ON FAILURE"),
            .flexible("DOCUMENTS", least: 8),
        ])
        for subscription in manifest["subscriptions"]?.arrayValue ?? [] {
            let types = subscription["match"]?["types"]?.arrayValue?.map(\.plainText) ?? []
            table.add([
                subscription["phase"]?.stringValue ?? "after",
                subscription["events"]?.arrayValue?.map(\.plainText).joined(separator: " ") ?? "",
                subscription["order"]?.plainText ?? "100",
                (subscription["timeoutMilliseconds"]?.plainText ?? "2000") + " ms",
                subscription["onFailure"]?.stringValue ?? "skip",
                types.isEmpty ? "all" : types.joined(separator: " "),
            ])
        }
        if !table.isEmpty { text += "\n" + table.text(width: width) }
        let warnings = PlanText.warnings(plugin)
        if !warnings.isEmpty {
            text += "\n" + warnings + "See `pluginhost plugin plan --help` for whom a change waits for.\n"
        }
        return text
    }

    /// What is to be done after registering: keep the secret, enable.
    static func registered(_ plugin: JSON, asked: Bool) -> String {
        var lines: [String] = []
        if asked, let secret = plugin["secret"]?.stringValue {
            lines.append("secret  \(PrintableText.line(secret))")
            lines.append(
                "The secret is shown this once. Give it to the plugin, which checks with it that a request is the host's."
            )
        }
        if plugin.text("state") == "pending" {
            lines.append("Not asked yet; next: pluginhost plugin enable \(PrintableText.line(plugin.text("name")))")
        }
        return lines.joined(separator: "\n")
    }

    private static func subscriptions(_ plugin: JSON) -> String {
        let subscriptions = plugin["manifest"]?["subscriptions"]?.arrayValue ?? []
        return subscriptions.map { subscription in
            let events = subscription["events"]?.arrayValue?.map(\.plainText) ?? []
            return (subscription["phase"]?.stringValue ?? "after") + " " + events.joined(separator: ",")
        }
        .joined(separator: "; ")
    }

    private static func granted(_ plugin: JSON) -> String { scopes(plugin["scopes"]) }

    private static func scopes(_ scopes: JSON?) -> String {
        let names = scopes?.arrayValue?.map(\.plainText) ?? []
        return names.isEmpty ? "nothing" : names.joined(separator: " ")
    }

    private static func signatures(_ plugin: JSON) -> String {
        if plugin.text("handshake") == "skip" { return "unverified" }
        return switch plugin["verifiesSignatures"]?.boolValue {
        case true?: "checked"
        case false?: "NOT CHECKED"
        case nil: "not tried"
        }
    }
}
