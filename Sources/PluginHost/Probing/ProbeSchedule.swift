import DocumentModel
import PluginProtocol

/// Pings every enabled plugin from time to time.
///
/// Rounds follow each other, and at most ``atOnce`` pings are under way, so that ten thousand plugins that hang cost no more
/// than their pings being late. `Sendable`.
struct ProbeSchedule: Sendable {
    /// When a plugin is pinged next.
    private struct Turn {
        /// Microseconds of ``HostClock/microseconds``.
        var due: Int
        var count: UInt64
    }

    /// How many pings are under way at most.
    static let atOnce = 16
    /// The longest pause between two looks for plugins that were enabled meanwhile.
    private static let longestPause = Duration.seconds(5)

    let interval: Duration
    let registry: PluginRegistry
    let handshake: Handshake
    let clock: HostClock

    /// Pings until the task is cancelled.
    func run() async {
        var turns: [PluginID: Turn] = [:]
        while !Task.isCancelled {
            let due = take(&turns)
            await withTaskGroup(of: Void.self) { group in
                for (count, plugin) in due.enumerated() {
                    if count >= Self.atOnce { await group.next() }
                    group.addTask { _ = await handshake.send(plugin, budget: handshake.scheduledBudget) }
                }
            }
            let next = turns.values.map(\.due).min() ?? .max
            let pause = min(next - clock.microseconds(), Self.longestPause.microseconds, interval.microseconds / 2)
            do { try await clock.sleep(.microseconds(max(1_000, pause))) } catch { return }
        }
    }

    /// Those whose turn it is; each gets its next turn.
    private func take(_ turns: inout [PluginID: Turn]) -> [Plugin] {
        let now = clock.microseconds()
        var kept: [PluginID: Turn] = [:]
        var due: [Plugin] = []
        for plugin in registry.pinged {
            var turn = turns[plugin.id] ?? Turn(due: now + first(plugin.id), count: 0)
            if turn.due <= now {
                due.append(plugin)
                turn.count += 1
                turn.due = now + later(plugin.id, turn.count)
            }
            kept[plugin.id] = turn
        }
        turns = kept
        return due
    }

    /// Anywhere within the interval: plugins that are found together are not pinged together.
    private func first(_ id: PluginID) -> Int {
        Int(Self.hash(id, 0) % UInt64(max(1, interval.microseconds)))
    }

    /// The interval, a tenth longer or shorter, so that plugins do not fall into step.
    private func later(_ id: PluginID, _ count: UInt64) -> Int {
        let tenth = max(1, interval.microseconds / 10)
        return interval.microseconds - tenth + Int(Self.hash(id, count) % UInt64(2 * tenth))
    }

    /// Chance that is the same each time: FNV-1a over the id and the number of the turn.
    private static func hash(_ id: PluginID, _ count: UInt64) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.description.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ count) &* 0x100_0000_01b3
        return hash ^ (hash >> 32)
    }
}
