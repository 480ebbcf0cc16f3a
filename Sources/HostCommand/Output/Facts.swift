import JSONSchema

/// Names and values, one a line, the values aligned.
struct Facts {
    private var facts: [(name: String, value: String)] = []

    /// Adds a fact, unless there is nothing to say.
    mutating func add(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { facts.append((name, PrintableText.line(value))) }
    }

    /// The facts as text; long values go on below themselves, unless `width`, the columns of the screen, is nil.
    func text(width: Int?, indent: String = "") -> String {
        let names = facts.map { PrintableText.columns($0.name) }.max() ?? 0
        let hanging = indent + String(repeating: " ", count: names + 2)
        var result = ""
        for (name, value) in facts {
            let padding = String(repeating: " ", count: names + 2 - PrintableText.columns(name))
            let lines =
                width.map { PrintableText.wrapped(value, width: max($0 - PrintableText.columns(hanging), 20)) } ?? [
                    value
                ]
            result += indent + name + padding + lines.joined(separator: "\n" + hanging) + "\n"
        }
        return result
    }
}

extension JSON {
    /// The member as text; empty when there is none, or it is null.
    func text(_ key: String) -> String {
        guard let value = self[key], !value.isNull else { return "" }
        return value.plainText
    }

    /// The member `id`, which every resource has.
    var id: String { text("id") }
}
