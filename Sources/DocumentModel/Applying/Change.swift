/// What a list of commands made of a document.
///
/// Sendable; a plain value.
public struct Change: Sendable {
    /// The document afterwards, of the next revision, or of the same if nothing changed.
    ///
    /// If it was deleted: as it was last, of the revision that deleted it.
    public var document: Document
    /// What changed, in order; empty if nothing did.
    public var mutations: [Mutation]
    /// Whether the document is no more.
    public var isDeletion: Bool
}
