public import DocumentModel
public import PluginProtocol

/// What came of trying a plugin.
///
/// `Sendable`.
public struct ProbeReport: Sendable {
    /// The plugin tried.
    public var plugin: PluginID
    /// When.
    public var time: Timestamp
    /// What it was tried for, in order.
    public var findings: [ProbeFinding]

    /// Whether nothing failed.
    public var hasPassed: Bool { !findings.contains { $0.result == .failed } }
}
