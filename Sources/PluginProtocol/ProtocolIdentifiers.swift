public import DocumentModel

/// Marks identifiers of plugins.
public enum PluginKind: IdentifierKind {
    /// Starts every plugin's id.
    public static var prefix: String { "plg_" }
}

/// Marks identifiers of events.
public enum EventKind: IdentifierKind {
    /// Starts every event's id.
    public static var prefix: String { "evt_" }
}

/// Marks identifiers of exchanges.
public enum ExchangeKind: IdentifierKind {
    /// Starts every exchange's id.
    public static var prefix: String { "exc_" }
}

/// Marks identifiers of proposals.
public enum ProposalKind: IdentifierKind {
    /// Starts every proposal's id.
    public static var prefix: String { "prp_" }
}

/// Names a registered plugin: `plg_01k…`.
public typealias PluginID = Identifier<PluginKind>

/// Names an event: `evt_01k…`.
public typealias EventID = Identifier<EventKind>

/// Names an exchange, and is the `webhook-id` of its request: `exc_01k…`.
public typealias ExchangeID = Identifier<ExchangeKind>

/// Names a proposal: `prp_01k…`.
public typealias ProposalID = Identifier<ProposalKind>
