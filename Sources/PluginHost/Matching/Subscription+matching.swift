import DocumentModel
import PluginProtocol

extension Subscription.Match {
    /// Whether a document's tags and text are those that the subscription is about; its type is the index's business.
    func accepts(_ document: Document) -> Bool {
        if !tags.allSatisfy(document.tags.contains) { return false }
        guard let text else { return true }
        return text.matches(document.title) || document.blocks.contains { Self.accepts($0, text) }
    }

    private static func accepts(_ block: Block, _ pattern: TextPattern) -> Bool {
        pattern.matches(block.text) || block.children.contains { accepts($0, pattern) }
    }
}
