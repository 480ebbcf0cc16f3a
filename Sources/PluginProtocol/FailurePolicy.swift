/// What becomes of a change when a plugin that was asked about it fails.
///
/// Shape: the raw value is the wire name. `Sendable`.
public enum FailurePolicy: String, Sendable, Hashable, CaseIterable {
    /// The change is refused, naming the plugin.
    case reject
    /// The change goes on as if the plugin had not been asked.
    case skip
    /// As ``skip``, and the document is marked for review.
    case flag
}
