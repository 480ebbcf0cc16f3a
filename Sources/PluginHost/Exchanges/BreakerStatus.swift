public import DocumentModel
public import JSONSchema
import Logging
import PluginProtocol

/// A plugin's circuit breaker at one moment.
///
/// JSON: the member `breaker` of `protocol/schemas/plugin.json`. `Sendable`.
public struct BreakerStatus: Sendable {
    /// Whether calls are let through; the raw value is what the API shows.
    public enum State: String, Sendable, CaseIterable {
        /// All are.
        case closed
        /// None is before ``BreakerStatus/nextProbe``, then one.
        case open
        /// One is under way to see whether the plugin has recovered.
        case probing
    }

    /// Whether calls are let through.
    public var state = State.closed
    /// Calls that ended within the window: the one before now, or, unless it is closed, before it opened.
    public var calls: Int
    /// How many of these failed in a way that counts.
    public var failures: Int
    /// When the next call is let through; in the past if none has come since, nil unless it is open.
    public var nextProbe: Timestamp?
    /// How it turned since the host started, newest first; the latest 20.
    public var history: [BreakerTurn]

    init(calls: Int, failures: Int, history: [BreakerTurn]) {
        self.calls = calls
        self.failures = failures
        self.history = history
    }

    /// Writes it as JSON.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("state")
        writer.string(state.rawValue)
        writer.key("calls")
        writer.int(calls)
        writer.key("failures")
        writer.int(failures)
        writer.key("nextProbe")
        if let nextProbe { writer.string(nextProbe) } else { writer.null() }
        writer.key("history")
        writer.beginArray()
        for turn in history { turn.write(into: &writer) }
        writer.endArray()
        writer.endObject()
    }
}

extension Logger {
    /// Tells how the circuit breaker of a plugin turned.
    func note(_ turn: BreakerTurn, of plugin: Plugin) {
        var metadata: Metadata = ["plugin": "\(plugin.name)"]
        if let exchange = turn.exchange { metadata["exchange"] = "\(exchange)" }
        if let refusal = turn.refusal { metadata["because"] = "\(refusal.kind.rawValue): \(refusal.message)" }
        if let nextProbe = turn.nextProbe { metadata["nextProbe"] = "\(nextProbe)" }
        switch turn.kind {
        case .opened:
            metadata["calls"] = "\(turn.calls)"
            metadata["failures"] = "\(turn.failures)"
            warning("a plugin's circuit breaker opened: it is not asked for a while", metadata: metadata)
        case .probeFailed: warning("a plugin's circuit breaker stays open: the trial failed", metadata: metadata)
        case .closed: notice("a plugin's circuit breaker closed: it is asked again", metadata: metadata)
        case .reset: notice("a plugin's circuit breaker was reset: it is asked again", metadata: metadata)
        }
    }
}
