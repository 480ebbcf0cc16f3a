public import DocumentModel
import NIOConcurrencyHelpers
public import PluginHost
public import PluginProtocol

/// Answers that come later, and proposals.
extension MemoryStore {
    /// The same for every store.
    public var continuationKey: [UInt8] { [UInt8](repeating: 7, count: 32) }

    /// An exchange that was deferred.
    public func deferredExchange(_ id: ExchangeID) async throws -> DeferredExchange? {
        state.withLockedValue { $0.tables.deferred[id] }
    }

    /// Exchanges whose time is over.
    public func deferredExchanges(expiredBy now: Timestamp, limit: Int) async throws -> [DeferredExchange] {
        let over = state.withLockedValue { $0.tables.deferred.values.filter { $0.expires <= now } }
        return Array(over.sorted { $0.expires < $1.expires }.prefix(limit))
    }

    /// Proposals, newest first.
    public func proposals(_ filter: ProposalFilter, page: PageRequest) async throws -> Page<Proposal> {
        let chosen = state.withLockedValue { $0.tables.proposals }.filter { proposal in
            (filter.plugin == nil || proposal.plugin == filter.plugin)
                && (filter.document == nil || proposal.document == filter.document)
                && (filter.state == nil || proposal.state == filter.state)
        }
        return try Self.page(chosen.reversed(), page)
    }

    /// One proposal.
    public func proposal(_ id: ProposalID) async throws -> Proposal? {
        state.withLockedValue { state in state.tables.proposals.first { $0.id == id } }
    }
}

extension MemoryStore.Tables {
    mutating func apply(_ later: LaterWrites) {
        for exchange in later.deferred { deferred[exchange.exchange] = exchange }
        for record in later.amended { exchanges[record.id] = record }
        for exchange in later.expired { deferred[exchange] = nil }
        for proposal in later.proposals {
            if let index = proposals.firstIndex(where: { $0.id == proposal.id }) {
                proposals[index] = proposal
            } else {
                proposals.append(proposal)
            }
        }
    }
}
