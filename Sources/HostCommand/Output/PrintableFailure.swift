/// Why a command could not do what was asked, told to a person.
protocol PrintableFailure: Error {
    /// The whole message, what happened, where, and what to do, for a screen of `width` columns.
    func text(width: Int) -> String
}

/// A failure that one sentence explains.
struct CommandFailure: PrintableFailure, CustomStringConvertible {
    /// What happened.
    var message: String
    /// What to do about it.
    var hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    var description: String { message }

    func text(width: Int) -> String {
        var lines = PrintableText.wrapped("pluginhost: " + PrintableText.block(message), width: width)
        if let hint { lines += PrintableText.wrapped(hint, width: width) }
        return lines.joined(separator: "\n")
    }
}
