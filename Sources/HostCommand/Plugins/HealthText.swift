import JSONSchema

/// What the host's pings say of a plugin, as a person reads it.
enum HealthText {
    /// In a column: `12.3 ms`, `FAILING ×3`, or nothing before the first ping; a certificate that ends soon goes along.
    static func short(_ plugin: JSON) -> String {
        guard let health = plugin["health"], let ping = health["lastPing"] else { return "" }
        let failures = health["failures"]?.intValue ?? 0
        let text = failures > 0 ? "FAILING ×\(failures)" : ExchangeText.milliseconds(ping["microseconds"]) + " ms"
        guard let days = endingIn(plugin) else { return text }
        return "\(text), TLS ends in \(days) d"
    }

    /// On a line of its own: when the latest was, what came of it, how long it took.
    static func ping(_ plugin: JSON) -> String {
        guard let health = plugin["health"], let ping = health["lastPing"] else { return "" }
        let time = TimeText.seconds(ping.text("time"))
        let took = ExchangeText.milliseconds(ping["microseconds"])
        guard let refusal = ping["refusal"], !refusal.isNull else { return "answered in \(took) ms at \(time)" }
        let failures = health["failures"]?.intValue ?? 1
        let since = failures > 1 ? "; \(failures) in a row since \(TimeText.seconds(health.text("failingSince")))" : ""
        return "FAILED after \(took) ms at \(time)\(since): \(RefusalText.line(refusal))"
    }

    /// Until when the plugin's certificate is valid; nothing without TLS.
    static func certificate(_ plugin: JSON) -> String {
        guard let certificate = plugin["health"]?["certificate"], !certificate.isNull else { return "" }
        let days = certificate["daysLeft"]?.intValue ?? 0
        let end = "ends \(TimeText.seconds(certificate.text("ends"))), in \(days) days"
        return endingIn(plugin) == nil ? end : end + ": RENEW IT"
    }

    /// The days left of a certificate that was warned of.
    private static func endingIn(_ plugin: JSON) -> Int? {
        guard let certificate = plugin["health"]?["certificate"], certificate["warned"]?.intValue != nil else {
            return nil
        }
        return certificate["daysLeft"]?.intValue
    }
}
