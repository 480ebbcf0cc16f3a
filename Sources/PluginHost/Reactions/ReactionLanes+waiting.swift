import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

extension ReactionLanes {
    /// The subscriptions of a plugin for which an event of a change waits.
    func waiting(_ plugin: PluginID, _ document: DocumentID, _ change: EventID) -> Set<Int> {
        state.withLockedValue { state in
            let items = state.lanes[Key(plugin: plugin, document: document)]?.waiting ?? []
            return Set(
                items.filter { item in item.work.events.contains { $0.id.isOf(change) } }.map(\.work.subscription)
            )
        }
    }

    /// How many pieces of work wait for a plugin.
    func workWaiting(_ plugin: PluginID) -> Int { state.withLockedValue { $0.waiting[plugin]?.count ?? 0 } }
}
