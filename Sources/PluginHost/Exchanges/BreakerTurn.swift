public import DocumentModel
import JSONSchema
public import PluginProtocol

/// One turn of a plugin's circuit breaker.
///
/// `Sendable`.
public struct BreakerTurn: Sendable {
    /// What happened; the raw value is what the API shows.
    public enum Kind: String, Sendable, CaseIterable {
        /// Too many calls failed.
        case opened
        /// The one call that was let through failed, too.
        case probeFailed = "probe-failed"
        /// The one call that was let through went well.
        case closed
        /// An administrator closed it.
        case reset
    }

    /// What happened.
    public var kind: Kind
    /// When.
    public var time: Timestamp
    /// The call that decided it; nil if none did.
    public var exchange: ExchangeID?
    /// Why that call failed; nil if it did not.
    public var refusal: Refusal?
    /// How many calls had ended within the window when the breaker opened; else 0.
    public var calls = 0
    /// How many of these had failed.
    public var failures = 0
    /// When the next call is let through; nil if all are.
    public var nextProbe: Timestamp?

    init(kind: Kind, time: Timestamp, exchange: ExchangeID? = nil) {
        self.kind = kind
        self.time = time
        self.exchange = exchange
    }
}

extension BreakerTurn {
    /// Writes the turn as the API shows it (`protocol/schemas/plugin.json`).
    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("turn")
        writer.string(kind.rawValue)
        writer.key("time")
        writer.string(time)
        writer.key("calls")
        writer.int(calls)
        writer.key("failures")
        writer.int(failures)
        writer.key("exchange")
        if let exchange { writer.string(exchange) } else { writer.null() }
        writer.key("refusal")
        if let refusal { refusal.write(into: &writer) } else { writer.null() }
        writer.key("nextProbe")
        if let nextProbe { writer.string(nextProbe) } else { writer.null() }
        writer.endObject()
    }
}
