import HTTPTypes
import PluginHost

extension Reply {
    /// Adds `Server-Timing`: one metric for each exchange the answer waited for, its whole time in milliseconds.
    ///
    /// A metric is named after the plugin; characters that a token must not have become `-`, and the name as it is then follows as
    /// the quoted description, as far as it is ASCII.
    ///
    /// Source: W3C Server Timing, section 2.
    mutating func addServerTiming(_ exchanges: [ExchangeRecord]) {
        guard !exchanges.isEmpty else { return }
        var value = ""
        // A header field of some kilobytes is more than many clients take.
        for exchange in exchanges.prefix(32) {
            if !value.isEmpty { value += ", " }
            let token = Self.token(exchange.pluginName)
            value += token
            if token != exchange.pluginName { value += ";desc=" + Self.quoted(exchange.pluginName) }
            value += ";dur="
            value += Self.milliseconds(exchange.timings.total)
        }
        headers.append(HTTPField(name: .serverTiming, value: value))
    }

    private static func token(_ name: String) -> String {
        let characters = name.utf8.prefix(64).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
                byte
            default: UInt8(ascii: "-")
            }
        }
        return characters.isEmpty ? "plugin" : String(decoding: characters, as: UTF8.self)
    }

    /// A quoted string; what cannot stand in one becomes `?`.
    ///
    /// Source: RFC 9110, section 5.6.4.
    private static func quoted(_ name: String) -> String {
        var text = "\""
        for scalar in name.unicodeScalars.prefix(64) {
            switch scalar {
            case "\"", "\\": text += "\\" + String(scalar)
            case " "..."~": text.unicodeScalars.append(scalar)
            default: text += "?"
            }
        }
        return text + "\""
    }

    private static func milliseconds(_ microseconds: Int) -> String {
        let thousandths = String(1000 + max(0, microseconds) % 1000).dropFirst()
        return "\(max(0, microseconds) / 1000).\(thousandths)"
    }
}
