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
}
