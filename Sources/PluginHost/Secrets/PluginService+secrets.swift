public import DocumentModel
public import PluginProtocol

/// Replacing the secrets that sign requests.
extension PluginService {
    /// Lets a new secret sign what a plugin is sent from the next request on, beside the older ones for a while.
    ///
    /// - Returns: the plugin; its newest secret is to be shown once.
    /// - Throws: ``HostError`` of code `not-found`, `schema-violation` or `limit-exceeded`.
    public func rotateSecret(_ id: PluginID, _ rotation: SecretRotation, actor: Actor) async throws -> Plugin {
        let secret = try self.secret(rotation.secret)
        let kept = try rotation.kept
        return try await change(id, .secretRotated, actor: actor) { plugin in
            try plugin.secrets.rotate(to: secret, keeping: kept, now: clock.now())
        }
    }

    /// Ends an older secret before its time.
    ///
    /// - Throws: ``HostError`` of code `not-found`, or `invalid-parameter` for the newest.
    public func dropSecret(_ id: PluginID, fingerprint: String, actor: Actor) async throws -> Plugin {
        try await change(id, .secretDropped, actor: actor) { plugin in
            try plugin.secrets.drop(fingerprint, now: clock.now())
        }
    }
}
