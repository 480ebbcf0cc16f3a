/// Who applies commands, when, and within which limits: all that `apply` takes from the world.
///
/// Sendable; a plain value.
public struct ApplyContext: Sendable {
    /// Written to `createdBy` and `updatedBy`.
    public var actor: Actor
    /// Written to `createdAt` and `updatedAt`.
    public var time: Timestamp
    /// Names blocks, annotations and comments for which the command brings no id.
    public var ids: IdentifierSource
    /// What the document may not exceed.
    public var limits: DocumentLimits

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - actor: written to `createdBy` and `updatedBy`.
    ///   - time: written to `createdAt` and `updatedAt`.
    ///   - ids: names what the commands make.
    ///   - limits: what the document may not exceed.
    public init(
        actor: Actor,
        time: Timestamp,
        ids: IdentifierSource = .system,
        limits: DocumentLimits = .default
    ) {
        self.actor = actor
        self.time = time
        self.ids = ids
        self.limits = limits
    }
}
