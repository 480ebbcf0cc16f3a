public import DocumentModel
public import JSONSchema

/// What a plugin is asked: one exchange's request body in the native dialect.
///
/// `Sendable`. See ``encoded()`` for its shape.
public struct PluginRequest: Sendable, Hashable {
    /// The version of the protocol that host and plugin speak.
    public static let protocolVersion = "1.0"

    /// The host as a plugin sees it.
    ///
    /// Shape: `{"name", "url"}`. `Sendable`.
    public struct Host: Sendable, Hashable {
        /// What the operator calls it.
        public var name: String
        /// Where its API is reached from outside.
        public var url: String

        /// Describes a host.
        public init(name: String, url: String) {
            self.name = name
            self.url = url
        }
    }

    /// The plugin that is asked, as the host knows it.
    ///
    /// Shape: `{"id", "scopes", "state"}`. `Sendable`.
    public struct Recipient: Sendable, Hashable {
        /// Its id.
        public var id: PluginID
        /// What it was granted.
        public var scopes: [Scope]
        /// What it left for itself on this document the last time; `{}` at first.
        public var state: JSON

        /// Describes the plugin that is asked.
        public init(id: PluginID, scopes: [Scope], state: JSON = [:]) {
            self.id = id
            self.scopes = scopes
            self.state = state
        }
    }

    /// Where an answer may come later.
    ///
    /// Shape: `{"url", "expires"}`. `Sendable`.
    public struct Continuation: Sendable, Hashable {
        /// Where to post it.
        public var url: String
        /// Until when.
        public var expires: Timestamp

        /// Describes where an answer may come later.
        public init(url: String, expires: Timestamp) {
            self.url = url
            self.expires = expires
        }
    }

    /// Names the exchange; also the `webhook-id`.
    public var exchange: ExchangeID
    /// Whether the answer will be thrown away after it was checked.
    public var dryRun: Bool
    /// How long the host waits for this answer; sent in whole milliseconds.
    public var budget: Duration
    /// Who asks.
    public var host: Host
    /// Who is asked.
    public var plugin: Recipient
    /// Whose change this is about.
    public var actor: Actor
    /// What happened, at least one event.
    public var events: [Event]
    /// The document as JSON, as far as the subscription reads it; nil where there is none, as in a ping.
    public var document: [UInt8]?
    /// The view that a person acted in; nil otherwise.
    public var view: JSON?
    /// Where an answer may come later; nil if it may not.
    public var continuation: Continuation?

    /// Describes a request.
    public init(
        exchange: ExchangeID,
        dryRun: Bool = false,
        budget: Duration,
        host: Host,
        plugin: Recipient,
        actor: Actor,
        events: [Event],
        document: [UInt8]?,
        view: JSON? = nil,
        continuation: Continuation? = nil
    ) {
        self.exchange = exchange
        self.dryRun = dryRun
        self.budget = budget
        self.host = host
        self.plugin = plugin
        self.actor = actor
        self.events = events
        self.document = document
        self.view = view
        self.continuation = continuation
    }

    /// The request body.
    ///
    /// Its size is not checked here: compare it with ``Limits/requestBytes``.
    ///
    /// - Returns: `{"protocol", "exchange", "dryRun", "budgetMilliseconds", "host", "plugin", "actor",
    ///   "events", "document", "view", "continuation"?}`, the document's bytes spliced in as they are.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: 1024 + 512 * events.count + (document?.count ?? 0))
        writer.beginObject()
        writer.key("protocol")
        writer.string(unescaped: Self.protocolVersion.utf8)
        writer.key("exchange")
        writer.string(exchange)
        writer.key("dryRun")
        writer.bool(dryRun)
        writer.key("budgetMilliseconds")
        writer.int(budget.wholeMilliseconds)
        writer.key("host")
        writer.beginObject()
        writer.key("name")
        writer.string(host.name)
        writer.key("url")
        writer.string(host.url)
        writer.endObject()
        writer.key("plugin")
        writer.beginObject()
        writer.key("id")
        writer.string(plugin.id)
        writer.key("scopes")
        writer.beginArray()
        for scope in plugin.scopes { writer.string(scope.description) }
        writer.endArray()
        writer.key("state")
        writer.value(plugin.state)
        writer.endObject()
        writer.key("actor")
        actor.write(into: &writer)
        writer.key("events")
        writer.beginArray()
        for event in events { event.write(into: &writer) }
        writer.endArray()
        writer.key("document")
        if let document { writer.raw(document) } else { writer.null() }
        writer.key("view")
        if let view { writer.value(view) } else { writer.null() }
        if let continuation {
            writer.key("continuation")
            writer.beginObject()
            writer.key("url")
            writer.string(continuation.url)
            writer.key("expires")
            writer.string(continuation.expires)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }
}
