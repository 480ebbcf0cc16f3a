/// What becomes of an answer that cannot follow the document, which moved on since the plugin saw it.
///
/// Shape: the raw value is the wire name. `Sendable`.
public enum ConflictPolicy: String, Sendable, Hashable, CaseIterable {
    /// The answer is refused as a conflict.
    case refuse
    /// The answer is refused as a conflict, and kept as a proposal that a person decides about.
    case propose
}
