import JSONSchema

/// A plugin's secrets as a person reads them: by fingerprint, never in clear.
enum SecretText {
    /// One line a live secret, newest first.
    static func lines(_ plugin: JSON) -> [String] {
        (plugin["secrets"]?.arrayValue ?? []).map { secret in
            let end = secret["endsAt"]?.stringValue.map { "until " + PrintableText.line($0) } ?? "newest"
            return "\(PrintableText.line(secret.text("fingerprint"))) (\(end), \(trial(secret)))"
        }
    }

    /// What is to be done after a rotation.
    static func rotated(_ plugin: JSON, asked: Bool) -> String {
        let name = PrintableText.line(plugin.text("name"))
        var lines = self.lines(plugin)
        if asked, let secret = plugin["secret"]?.stringValue {
            lines.append("secret  \(PrintableText.line(secret))")
            lines.append("The secret is shown this once. Give it to the plugin.")
        }
        lines.append("Whether the plugin takes it: pluginhost plugin probe \(name)")
        return lines.joined(separator: "\n")
    }

    private static func trial(_ secret: JSON) -> String {
        switch secret["trial"]?["accepted"]?.boolValue {
        case true?: "accepted"
        case false?: "not accepted"
        case nil: "not tried"
        }
    }
}
