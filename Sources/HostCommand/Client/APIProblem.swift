import JSONSchema

/// An error that the host answered: problem details with a stable `code`.
///
/// Source: RFC 9457; the members beyond it are those of `protocol/schemas/problem.json`.
struct APIProblem: PrintableFailure, CustomStringConvertible {
    /// The HTTP status.
    var status: Int
    /// The problem as it came.
    var json: JSON

    /// Stable; decide on this and not on texts.
    var code: String { json["code"]?.stringValue ?? "" }

    var description: String { json["detail"]?.stringValue ?? json["title"]?.stringValue ?? "HTTP status \(status)" }

    func text(width: Int) -> String {
        var lines = [PrintableText.line("pluginhost: " + (json["title"]?.stringValue ?? "the host answered \(status)"))]
        if let detail = json["detail"]?.stringValue, detail != json["title"]?.stringValue {
            lines.append(PrintableText.indented(PrintableText.block(detail), by: "  ", width: width))
        }
        lines += findings.map { PrintableText.indented($0, by: "  ", width: width) }
        if let hint = json["hint"]?.stringValue {
            lines.append(PrintableText.indented("hint: " + PrintableText.line(hint), by: "  ", width: width))
        } else if status == 401 {
            let hint =
                "hint: set PLUGINHOST_TOKEN (or --token) to the token that `pluginhost serve` printed when it first started"
            lines.append(PrintableText.indented(hint, by: "  ", width: width))
        }
        lines.append("  code: \(PrintableText.line(code)) (HTTP \(status))")
        return lines.joined(separator: "\n")
    }

    /// What exactly was wrong and where, a line each.
    private var findings: [String] {
        var lines: [String] = []
        if let place = Self.place(of: json) { lines.append(place) }
        for violation in json["violations"]?.arrayValue ?? [] {
            lines.append(
                "- "
                    + [Self.place(of: violation), Self.message(of: violation)].compactMap(\.self).joined(
                        separator: ": "
                    )
            )
        }
        for reason in json["reasons"]?.arrayValue ?? [] {
            let plugin = reason["plugin"]?.stringValue.map { "\(PrintableText.line($0)): " } ?? ""
            let place = Self.place(of: reason).map { " (\($0))" } ?? ""
            lines.append("- " + plugin + Self.message(of: reason) + place)
            for command in reason["suggest"]?.arrayValue ?? [] {
                lines.append("  suggested: " + PrintableText.line(CommandText.line(command)))
            }
        }
        if let refusal = json["refusal"], !refusal.isNull {
            lines.append(RefusalText.line(refusal))
        }
        if let revision = json["currentRevision"]?.intValue { lines.append("the document is at revision \(revision)") }
        return lines
    }

    private static func message(of json: JSON) -> String {
        var text = PrintableText.line(json["message"]?.stringValue ?? "")
        if let hint = json["hint"]?.stringValue { text += " (\(PrintableText.line(hint)))" }
        return text
    }

    /// Where in the body, and the limit with what was there instead.
    private static func place(of json: JSON) -> String? {
        var parts: [String] = []
        if let pointer = json["pointer"]?.stringValue {
            parts.append("at " + (pointer.isEmpty ? "the top" : PrintableText.line(pointer)))
        } else if let index = json["commandIndex"]?.intValue {
            parts.append("command \(index)")
        }
        if let limit = json["limit"], !limit.isNull { parts.append("limit \(PrintableText.line(limit.plainText))") }
        if let actual = json["actual"], !actual.isNull {
            parts.append("found \(PrintableText.shortened(PrintableText.line(actual.plainText), columns: 60))")
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
