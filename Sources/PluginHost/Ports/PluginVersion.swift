public import DocumentModel
public import PluginProtocol

/// A plugin as it was from one generation of the registry to the next one that changed it.
///
/// `Sendable`.
public struct PluginVersion: Sendable {
    /// The plugin.
    public var plugin: PluginID
    /// Its name then.
    public var name: String
    /// Its state then.
    public var state: Plugin.State
    /// Its manifest then.
    public var manifest: Manifest

    /// Makes a version.
    public init(plugin: PluginID, name: String, state: Plugin.State, manifest: Manifest) {
        self.plugin = plugin
        self.name = name
        self.state = state
        self.manifest = manifest
    }
}
