import JSONSchema

/// A plugin's circuit breaker, as a person reads it.
enum BreakerText {
    /// In a column: the plugin's state, and that it is not asked all the same.
    static func state(_ plugin: JSON) -> String {
        let isOpen = plugin["breaker"].map { $0.text("state") != "closed" } ?? false
        return plugin.text("state") + (isOpen ? ", BREAKER OPEN" : "")
    }

    /// On a line of its own: whether it is closed, what opened it, when the plugin is tried again; nothing if it never turned.
    static func line(_ plugin: JSON) -> String {
        guard let breaker = plugin["breaker"], let last = breaker["history"]?[0] else { return "" }
        let time = TimeText.seconds(last.text("time"))
        if breaker.text("state") == "closed" {
            return "closed since \(time)" + (last.text("turn") == "reset" ? ", when it was reset" : "")
        }
        let next =
            breaker["nextProbe"].flatMap { $0.isNull ? nil : "tried again at \(TimeText.seconds($0.plainText))" }
            ?? "being tried"
        let counts = "\(breaker.text("failures")) of \(breaker.text("calls")) calls had failed"
        let because = last["refusal"].flatMap { $0.isNull ? nil : "; the last: \(RefusalText.line($0))" } ?? ""
        return "OPEN, \(next): \(counts)\(because)"
    }
}
