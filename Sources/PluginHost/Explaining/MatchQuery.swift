public import DocumentModel
public import PluginProtocol

/// Which decisions are asked for; at least a document or an event.
///
/// `Sendable`.
public struct MatchQuery: Sendable {
    /// Only those about changes of this document; without an event, the latest change first.
    ///
    /// Changes that were refused are found by their event only.
    public var document: DocumentID?
    /// Only those about this plugin.
    public var plugin: PluginID?
    /// Only those about this event: a change as a whole, or one of the events it raised besides.
    public var event: EventID?

    /// Asks for nothing yet.
    public init() {}
}
