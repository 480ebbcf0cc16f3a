/// What happened to a document, or what a person did with a plugin's view.
///
/// Shape: the raw value is the wire name, `"document.changed"`. `Sendable`.
public enum EventType: String, Sendable, Hashable, CaseIterable {
    /// A document came to be.
    case documentCreated = "document.created"
    /// A document got a new revision; the only event that carries commands.
    case documentChanged = "document.changed"
    /// A document was deleted.
    case documentDeleted = "document.deleted"
    /// A block came to be; `data` is `{"block": id}`.
    case blockCreated = "block.created"
    /// A block's text, type, properties, annotations or place changed; `data` is `{"block": id}`.
    case blockChanged = "block.changed"
    /// A block is gone; `data` is `{"block": id}`.
    case blockDeleted = "block.deleted"
    /// A comment was added; `data` is `{"comment": id, "block": id?}`.
    case commentAdded = "comment.added"
    /// Someone joined the document; `data` is `{"participant": {…}}`.
    case participantAdded = "participant.added"
    /// Someone left the document; `data` is `{"participant": {…}}`.
    case participantRemoved = "participant.removed"
    /// A person started one of the plugin's actions; `data` is `{"action": name, "parameters": {…}}`.
    case actionInvoked = "action.invoked"
    /// A person opened one of the plugin's views.
    case viewOpened = "view.opened"
    /// A person acted in one of the plugin's views.
    case viewAction = "view.action"
    /// The handshake; `data` is `{"challenge": text}`. Not subscribed to: the host sends it on its own.
    case pluginPing = "plugin.ping"

    /// The types that a manifest may subscribe to: all but ``pluginPing``.
    public static let subscribable: [EventType] = allCases.filter { $0 != .pluginPing }
}
