public import JSONSchema

/// What an administrator says when registering a plugin: the body of `POST /v1/plugins`.
///
/// Shape: `{"url", "name"?, "dialect"?, "manifest"?, "handshake"?, "secret"?, "scopes"?, "tls"?}`. `Sendable`.
public struct PluginRegistration: Sendable {
    /// Where events are to be posted to.
    public var url: String
    /// The plugin's name; the manifest's if absent.
    public var name: String?
    /// `native`, the only one so far, if absent.
    public var dialect: String?
    /// What the plugin says of itself; asked for by the handshake if absent.
    public var manifest: JSON?
    /// Whether the plugin is contacted.
    public var handshake: Plugin.Handshake
    /// A `whsec_…` that both sides know already; made if absent.
    public var secret: String?
    /// What to grant; all that the manifest asks for if absent.
    public var scopes: [String]?
    /// Settings of TLS for this plugin alone.
    public var tls: WebhookTLS?

    /// Makes a registration.
    public init(url: String) {
        self.url = url
        self.handshake = .ping
    }

    /// Reads a body that was checked against `plugin-registration.json`.
    ///
    /// - Throws: ``HostError`` of code `schema-violation`.
    public init(json: JSON) throws(HostError) {
        guard let url = json["url"]?.stringValue else { throw HostError(.schemaViolation, "/url: a URL is needed") }
        self.url = url
        name = json["name"]?.stringValue
        dialect = json["dialect"]?.stringValue
        manifest = json["manifest"]
        handshake = json["handshake"]?.stringValue == "skip" ? .skip : .ping
        secret = json["secret"]?.stringValue
        scopes = json["scopes"]?.arrayValue?.compactMap(\.stringValue)
        tls = try json["tls"].flatMap { value throws(HostError) in try WebhookTLS.read(value) }
    }
}

/// What an administrator changes of a plugin: the body of `PATCH /v1/plugins/{id}`.
///
/// Shape: `{"url"?, "name"?, "manifest"?, "scopes"?, "tls"?}`; what is absent stays. `Sendable`.
public struct PluginPatch: Sendable {
    /// Where events are to be posted to from now on; the plugin becomes pending.
    public var url: String?
    /// Its new name.
    public var name: String?
    /// Its new manifest.
    public var manifest: JSON?
    /// What it is granted from now on.
    public var scopes: [String]?
    /// Its new settings of TLS, all of them; `.some(nil)` takes them away.
    public var tls: WebhookTLS??

    /// Changes nothing.
    public init() {}

    /// Reads a body that was checked against `plugin-patch.json`.
    ///
    /// - Throws: ``HostError`` of code `schema-violation`.
    public init(json: JSON) throws(HostError) {
        url = json["url"]?.stringValue
        name = json["name"]?.stringValue
        manifest = json["manifest"]
        scopes = json["scopes"]?.arrayValue?.compactMap(\.stringValue)
        if let value = json["tls"] { tls = .some(value.isNull ? nil : try WebhookTLS.read(value)) }
    }
}
