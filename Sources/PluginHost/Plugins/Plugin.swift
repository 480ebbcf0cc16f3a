public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// A registered endpoint: where it is, what it asked for, what it was granted.
///
/// `Sendable`; a value, so that a running exchange keeps the plugin as it was when it began.
public struct Plugin: Sendable {
    /// Whether a plugin is asked; the raw value is what the API shows.
    public enum State: String, Sendable, CaseIterable {
        /// Registered, not yet enabled.
        case pending
        /// Asked, but its answers are not applied.
        case shadow
        /// Asked, and its answers applied.
        case enabled
        /// Not asked, by an administrator's decision.
        case disabled
        /// Not asked, since it failed its handshake.
        case broken
    }

    /// How far the host checks at registration and when enabling that the plugin is what it says.
    public enum Handshake: String, Sendable {
        /// Pings with a challenge, and with a wrong signature.
        case ping
        /// Contacts nothing; the plugin is shown as unverified.
        case skip
    }

    /// The plugin's id.
    public var id: PluginID
    /// Where events are posted to.
    public var url: PluginURL
    /// Unique among plugins; the manifest's name unless the registration gave one.
    public var name: String
    /// `native`, until foreign dialects exist.
    public var dialect: String
    /// Whether it is asked.
    public var state: State
    /// How it is checked.
    public var handshake: Handshake
    /// What the plugin says of itself.
    public var manifest: Manifest
    /// What it was granted; at most what it may use of the manifest's `scopes`.
    public var scopes: Set<Scope>
    /// Whether it refused a wrong signature when it was enabled; nil if it was never tried.
    public var verifiesSignatures: Bool?
    /// Signs requests.
    ///
    /// Each is shown once, when it is made; never logged.
    public var secrets: SigningSecrets
    /// Whom to trust beside the system's authorities when it is called, and the host's certificate for it.
    ///
    /// The key in it is never shown, never logged.
    public var tls: WebhookTLS?
    /// When it was registered.
    public var createdAt: Timestamp
    /// When anything of it last changed.
    public var updatedAt: Timestamp

    /// Makes a plugin.
    public init(
        id: PluginID,
        url: PluginURL,
        name: String,
        dialect: String = "native",
        state: State = .pending,
        handshake: Handshake = .ping,
        manifest: Manifest,
        scopes: Set<Scope>,
        verifiesSignatures: Bool? = nil,
        secrets: SigningSecrets,
        tls: WebhookTLS? = nil,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.url = url
        self.name = name
        self.dialect = dialect
        self.state = state
        self.handshake = handshake
        self.manifest = manifest
        self.scopes = scopes
        self.verifiesSignatures = verifiesSignatures
        self.secrets = secrets
        self.tls = tls
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The plugin as the actor of what its answers do.
    public var actor: Actor { Actor(kind: .plugin, id: id.description, name: name) }

    /// Writes the plugin as the API shows it, without secrets and keys (`protocol/schemas/plugin.json`).
    ///
    /// - Parameters:
    ///   - writer: takes it.
    ///   - more: writes members that only some answers have.
    public func write(into writer: inout JSONWriter, more: (inout JSONWriter) -> Void = { _ in }) {
        writer.beginObject()
        writer.key("id")
        writer.string(id.description)
        writer.key("url")
        writer.string(url.description)
        writer.key("name")
        writer.string(name)
        writer.key("dialect")
        writer.string(dialect)
        writer.key("state")
        writer.string(state.rawValue)
        writer.key("handshake")
        writer.string(handshake.rawValue)
        writer.key("verifiesSignatures")
        if let verifiesSignatures { writer.bool(verifiesSignatures) } else { writer.null() }
        writer.key("scopes")
        writer.beginArray()
        for scope in scopes.map(\.description).sorted() { writer.string(scope) }
        writer.endArray()
        writer.key("manifest")
        writer.value(manifest.json)
        writer.key("tls")
        if let tls { tls.write(into: &writer, withKey: false) } else { writer.null() }
        writer.key("createdAt")
        writer.string(createdAt.description)
        writer.key("updatedAt")
        writer.string(updatedAt.description)
        more(&writer)
        writer.endObject()
    }
}
