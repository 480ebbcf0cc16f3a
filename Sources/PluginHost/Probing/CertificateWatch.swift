import DocumentModel
import Logging
import NIOConcurrencyHelpers
import PluginProtocol

/// Warns of certificates that end soon, in the log and in the ledger.
///
/// The ledger is also the memory: a warning that is in it is not given again after a restart. `Sendable`.
struct CertificateWatch: Sendable {
    let store: any HostStore
    let clock: HostClock
    let logger: Logger

    /// Warns if a warning is due that was not given yet.
    func see(_ end: Timestamp, of registered: RegisteredPlugin) async {
        let plugin = registered.plugin
        guard let warning = CertificateWarning(of: end, now: clock.now()) else { return }
        let isNew = registered.runtime.health.withLockedValue { health in
            guard health?.url == plugin.url else { return false }
            return health?.warn(warning) ?? false
        }
        guard isNew else { return }
        do {
            guard try await !isInLedger(warning, plugin) else { return }
            let entry = LedgerEntry(
                kind: .certificateExpiring,
                time: clock.now(),
                actor: .host,
                plugin: plugin.id,
                payload: warning.payload(plugin)
            )
            try await store.write(document: nil) { _ in
                var writes = Writes()
                writes.entries = [entry]
                return (writes, ())
            }
            logger.warning(
                "a plugin's certificate ends soon",
                metadata: [
                    "plugin": "\(plugin.name)", "ends": "\(end)",
                    "daysLeft": "\(CertificateWarning.daysLeft(until: end, now: clock.now()))",
                ]
            )
        } catch {
            // The next ping tries again.
            registered.runtime.health.withLockedValue { $0?.unwarn(warning) }
            logger.error(
                "a warning of a plugin's certificate could not be recorded",
                metadata: ["plugin": "\(plugin.name)", "error": "\(error)"]
            )
        }
    }

    private func isInLedger(_ warning: CertificateWarning, _ plugin: Plugin) async throws -> Bool {
        var filter = AuditFilter()
        filter.plugin = plugin.id
        filter.kind = .certificateExpiring
        // The newest need not be of the certificate that was seen last: several may take turns.
        let page = try await store.audit(filter, page: PageRequest(limit: 100))
        return page.items.contains { CertificateWarning(payload: $0.entry.payload)?.covers(warning) ?? false }
    }
}
