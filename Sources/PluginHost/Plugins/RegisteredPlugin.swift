import Crypto
import DocumentModel
import JSONSchema
import PluginProtocol

/// A plugin as it is now, together with what lives as long as it is registered.
///
/// Replaced as a whole when the plugin changes; a running exchange keeps the one it began with. `Sendable`.
final class RegisteredPlugin: Sendable {
    let plugin: Plugin
    let runtime: PluginRuntime
    /// What it was granted, by name: sorted once, since every request lists it.
    let scopes: [Scope]
    /// Whether it has `before` subscriptions, so that its lanes are wanted from outside decisions too.
    let isAskedBefore: Bool
    /// What tells its subscriptions apart, in the manifest's order.
    let subscriptionIDs: [Int]

    init(_ plugin: Plugin, runtime: PluginRuntime) {
        self.plugin = plugin
        self.runtime = runtime
        self.scopes = plugin.sortedScopes
        self.subscriptionIDs = Self.identities(of: plugin.manifest.subscriptions)
        self.isAskedBefore = plugin.manifest.subscriptions.contains { $0.phase == .before }
    }
}

extension RegisteredPlugin {
    /// The subscription of the plugin as it is now that waiting work is for; nil if there is none any more.
    func subscription(_ id: Int) -> MatchIndex.Candidate? {
        guard let number = subscriptionIDs.firstIndex(of: id) else { return nil }
        return MatchIndex.Candidate(
            registered: self,
            number: number,
            subscription: plugin.manifest.subscriptions[number]
        )
    }

    /// A number for each subscription, from what decides whether it wants an event.
    ///
    /// The rest (order, time, failure policy, reads, writes) may change while work waits; the work goes on on the new terms.
    static func identities(of subscriptions: [Subscription]) -> [Int] {
        var seen: [[UInt8]: Int] = [:]
        return subscriptions.map { subscription in
            var writer = JSONWriter(reserving: 256)
            writer.beginArray()
            writer.string(subscription.phase.rawValue)
            for names in [
                subscription.events.map(\.rawValue).sorted(), subscription.match.types.sorted(),
                subscription.match.tags.sorted(),
            ] {
                writer.beginArray()
                for name in names { writer.string(name) }
                writer.endArray()
            }
            writer.string(subscription.match.text?.source ?? "")
            // Two that want the same are told apart by their order.
            let count = seen[writer.bytes, default: 0]
            seen[writer.bytes] = count + 1
            writer.int(count)
            writer.endArray()
            let digest = SHA256.hash(data: writer.bytes).prefix(8)
            return Int(truncatingIfNeeded: digest.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
    }
}
