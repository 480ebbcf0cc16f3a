public import JSONSchema
import PluginProtocol

/// What an administrator says when replacing a plugin's secret: the body of `POST /v1/plugins/{id}/rotate-secret`.
///
/// Shape: `{"secret"?, "keepSeconds"?}`. `Sendable`.
public struct SecretRotation: Sendable {
    /// A `whsec_…` that both sides know already; made if absent.
    public var secret: String?
    /// How many seconds the older secrets sign too, 0 to 604,800; a day if absent.
    public var keepSeconds: Int?

    /// A new secret of the host's, and a day for the older ones.
    public init() {}

    /// Reads a body that was checked against `secret-rotation.json`.
    public init(json: JSON) {
        secret = json["secret"]?.stringValue
        keepSeconds = json["keepSeconds"]?.intValue
    }

    /// How long the older secrets sign too.
    ///
    /// - Throws: ``HostError`` of code `schema-violation` if it is out of bounds.
    var kept: Duration {
        get throws(HostError) {
            guard let keepSeconds else { return SigningSecrets.keptByDefault }
            let most = SigningSecrets.keptAtMost.components.seconds
            guard (0...Int(most)).contains(keepSeconds) else {
                throw HostError.schema("keepSeconds", "from 0 to \(most), found \(keepSeconds)")
            }
            return .seconds(keepSeconds)
        }
    }
}
