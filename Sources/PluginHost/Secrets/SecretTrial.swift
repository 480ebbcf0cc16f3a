public import DocumentModel
import JSONSchema

/// What a plugin did with a ping that one of its secrets alone signed.
///
/// The only way to learn which secrets a plugin has: every request is signed with all of them, and the plugin does not say which
/// one fitted. `Sendable`.
public struct SecretTrial: Sendable, Hashable {
    /// When it was tried.
    public let time: Timestamp
    /// Whether the plugin took it for genuine.
    public let isAccepted: Bool

    /// Writes `{"time", "accepted"}`.
    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("time")
        writer.string(time)
        writer.key("accepted")
        writer.bool(isAccepted)
        writer.endObject()
    }
}
