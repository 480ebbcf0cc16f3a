public import DocumentModel
public import PluginHost
public import PluginProtocol

/// What tells why plugins were asked or not.
extension MemoryStore {
    /// The highest generation that was written.
    public func registryGeneration() async throws -> Int { versions.generation }

    /// Plugins as they were.
    public func plugins(in generation: Int, from first: PluginID?, limit: Int) async throws -> [PluginVersion] {
        let known = versions.versions.compactMap { id, versions -> PluginVersion? in
            guard first.map({ id >= $0 }) ?? true,
                let plugin = versions.last(where: { $0.generation <= generation })?.plugin
            else { return nil }
            return PluginVersion(plugin: id, name: plugin.name, state: plugin.state, manifest: plugin.manifest)
        }
        return Array(known.sorted { $0.plugin < $1.plugin }.prefix(limit))
    }

    /// The revision that raised an event.
    public func revision(of event: EventID) async throws -> RevisionRecord? {
        let own = entries.filter { $0.entry.kind == .mutation && $0.entry.event.map(event.isOf) ?? false }
        return own.first?.entry.revision.map { RevisionRecord(revision: $0, mutations: own) }
    }

    /// Exchanges about a change.
    public func exchanges(about event: EventID, of document: DocumentID?) async throws -> [ExchangeRecord] {
        allExchanges.filter { record in
            (document == nil || record.document == document)
                && record.events.contains { $0.id.isOf(event) || event.isOf($0.id) }
        }
    }
}
