public import DocumentModel
public import PluginProtocol

/// One secret that signs requests to a plugin, and until when.
///
/// `Sendable`; its description does not show the secret.
public struct SigningSecret: Sendable, Hashable {
    /// The key.
    public let secret: WebhookSecret
    /// Since when it signs.
    public let createdAt: Timestamp
    /// When it stops to sign; nil for the newest one, which has no end.
    public internal(set) var endsAt: Timestamp?

    /// Makes a secret that signs.
    public init(_ secret: WebhookSecret, createdAt: Timestamp, endsAt: Timestamp? = nil) {
        self.secret = secret
        self.createdAt = createdAt
        self.endsAt = endsAt
    }

    /// Whether it signs at a time of day.
    func isLive(at now: Timestamp) -> Bool { endsAt.map { now < $0 } ?? true }
}
