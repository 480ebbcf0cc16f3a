import DocumentModel
import PluginProtocol

/// One exchange of the `after` phase that has its lane and place and is to be carried out.
///
/// `Sendable`.
struct Reaction: Sendable {
    /// The exchange, begun in the store.
    var record: ExchangeRecord
    /// The plugin to ask, as it was when the exchange began.
    var registered: RegisteredPlugin
    /// The subscription that wants the events.
    var subscription: Subscription
    /// The document that the events are about.
    var document: DocumentID
    /// The events; of several changes if some had to wait.
    var events: [Event]
    /// Who made the (last) change.
    var actor: Actor
    /// The document as the change left it, if it was at hand; the plugin sees the latest, unless there is none any more.
    var snapshot: DocumentSnapshot?
    /// Those who wait for it to end.
    var settlements: [Settlement]
    /// Who has the lane.
    var owner: LaneOwner

    /// The lane that it occupies.
    var lane: ReactionLanes.Key {
        ReactionLanes.Key(plugin: registered.plugin.id, document: document)
    }
}
