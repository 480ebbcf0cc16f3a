/// When a plugin is asked.
///
/// Shape: the raw value is the wire name. `Sendable`.
public enum Phase: String, Sendable, Hashable, CaseIterable {
    /// Sees the pending change and may deny it, warn, or add commands; the caller waits.
    case before
    /// Sees the committed change; its commands become a revision of their own.
    case after
    /// Asked what to show; answers with a view.
    case render
}
