import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// The exchanges under way, so that a plugin's call back into the API inherits hop and causes.
///
/// `Sendable`.
final class RunningExchanges: Sendable {
    private struct Running {
        var plugin: PluginID
        var document: DocumentID
        /// Of what the plugin changes meanwhile.
        var causality: Causality
        var owner: LaneOwner
    }

    private let running = NIOLockedValueBox<[ExchangeID: Running]>([:])

    func begin(_ record: ExchangeRecord, document: DocumentID, events: [Event], owner: LaneOwner) {
        guard !events.isEmpty else { return }
        let (id, plugin) = (record.id, record.plugin)
        let causality = Causality(after: events, by: plugin, trace: record.trace)
        running.withLockedValue { running in
            running[id] = Running(plugin: plugin, document: document, causality: causality, owner: owner)
        }
    }

    func end(_ id: ExchangeID) { running.withLockedValue { $0[id] = nil } }

    /// Who has the lane of an exchange; nil if it is not under way.
    func owner(of id: ExchangeID) -> LaneOwner? { running.withLockedValue { $0[id]?.owner } }

    /// Where a change stands that is made in the course of an exchange; nil if that exchange is not under way.
    func causality(of id: ExchangeID) -> Causality? {
        running.withLockedValue { $0[id]?.causality }
    }

    /// The exchange in whose course a plugin changes a document, though it does not say so; nil if none is under way.
    func exchange(with plugin: PluginID, about document: DocumentID) -> ExchangeID? {
        running.withLockedValue { running in
            running.first { $0.value.plugin == plugin && $0.value.document == document }?.key
        }
    }
}

extension RunningExchanges {
    /// The request, with the exchange that a plugin left out in whose course it calls.
    func completed(_ request: ChangeRequest) -> ChangeRequest {
        guard request.exchange == nil, let plugin = request.plugin else { return request }
        var request = request
        request.exchange = exchange(with: plugin, about: request.document)
        return request
    }

    /// Where a change stands; a plugin's own is its own also when it answers nothing.
    func causality(of request: ChangeRequest) -> Causality {
        var causality = request.exchange.flatMap(causality) ?? Causality(origin: request.plugin)
        if let trace = request.trace { causality.trace = trace }
        return causality
    }
}

extension ChangeRequest {
    /// The plugin that makes the change by a token of its own.
    fileprivate var plugin: PluginID? { actor.kind == .plugin ? PluginID(parsing: actor.id) : nil }
}
