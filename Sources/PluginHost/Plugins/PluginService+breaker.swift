public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// Circuit breakers, as an administrator sees and resets them.
extension PluginService {
    /// Has a plugin asked from the next event on, though it failed most of the time.
    ///
    /// - Throws: ``HostError`` of code `not-found`, or of the store.
    public func resetBreaker(_ id: PluginID, actor: Actor) async throws -> Plugin {
        let plugin = try get(id)
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.key("name")
        writer.string(plugin.name)
        writeBreaker(of: plugin, into: &writer)
        writer.endObject()
        let entry = LedgerEntry(
            kind: .breakerReset,
            time: clock.now(),
            actor: actor,
            plugin: id,
            payload: writer.bytes
        )
        try await store.write(document: nil) { _ in
            var writes = Writes()
            writes.entries = [entry]
            return (writes, ())
        }
        closeBreaker(of: plugin)
        return plugin
    }

    /// Writes the member `breaker` of a plugin as the API shows it.
    public func writeBreaker(of plugin: Plugin, into writer: inout JSONWriter) {
        guard let runtime = registry[plugin.id]?.runtime else { return }
        writer.key("breaker")
        runtime.breaker.status(clock: clock).write(into: &writer)
    }

    /// Closes the breaker, if it is open.
    func closeBreaker(of plugin: Plugin) {
        guard let turn = registry[plugin.id]?.runtime.breaker.reset(clock: clock) else { return }
        handshake.logger.note(turn, of: plugin)
    }
}
