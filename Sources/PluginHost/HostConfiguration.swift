public import PluginProtocol

/// What an operator decides about a host.
///
/// `Sendable`.
public struct HostConfiguration: Sendable {
    /// What the host calls itself in requests to plugins.
    public var name: String
    /// Where its API is reached from outside, without a slash at the end.
    public var publicURL: String
    /// The program's version.
    public var version: String
    /// All limits.
    public var limits: Limits
    /// How long running exchanges may still take once the host was asked to stop.
    public var shutdownGrace: Duration
    /// How often enabled plugins are pinged, a tenth more or less; nil for never.
    public var pingInterval: Duration?

    /// Makes a configuration.
    public init(
        name: String = "pluginhost",
        publicURL: String,
        version: String,
        limits: Limits = Limits(),
        shutdownGrace: Duration = .seconds(10),
        pingInterval: Duration? = .seconds(300)
    ) {
        self.name = name
        self.publicURL = publicURL
        self.version = version
        self.limits = limits
        self.shutdownGrace = shutdownGrace
        self.pingInterval = pingInterval
    }
}
