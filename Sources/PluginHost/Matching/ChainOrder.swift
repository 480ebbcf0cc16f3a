import DocumentModel
import PluginProtocol

/// In which order the plugins of a `before` chain are asked.
///
/// By `order`, then plugin id, then place in the manifest; what `runsAfter` and `runsBefore` say goes before that, and judges come last
/// of all. Names in them that no plugin has mean nothing. Pure.
enum ChainOrder {
    /// Sorts steps that are in the order of their numbers already.
    static func sorted(_ steps: [MatchIndex.Step]) -> [MatchIndex.Step] {
        let subscriptions = steps.map(\.candidate.subscription)
        guard subscriptions.contains(where: { $0.isJudge || $0.isConstrained }) else { return steps }
        var numbers: [String: [Int]] = [:]
        for (number, step) in steps.enumerated() { numbers[step.candidate.plugin.name, default: []].append(number) }
        var earlier = [Set<Int>](repeating: [], count: steps.count)
        for (number, subscription) in subscriptions.enumerated() {
            for name in subscription.runsAfter { earlier[number].formUnion(numbers[name] ?? []) }
            for name in subscription.runsBefore {
                for later in numbers[name] ?? [] { earlier[later].insert(number) }
            }
        }
        var result: [MatchIndex.Step] = []
        for isJudge in [false, true] {
            var open = steps.indices.filter { subscriptions[$0].isJudge == isJudge }
            while !open.isEmpty {
                // A circle is refused at registration. Should there be one all the same, the numbers decide.
                let next = open.firstIndex { earlier[$0].isDisjoint(with: open) || earlier[$0] == [$0] } ?? 0
                result.append(steps[open.remove(at: next)])
            }
        }
        return result
    }

    /// What a plugin's manifest makes impossible.
    struct Contradiction: Sendable, Equatable {
        /// Which of its subscriptions, from 0.
        var subscription: Int
        /// The plugins, each to be asked before the next; the first is the last.
        var names: [String]
        /// Whether it is only that judges come last.
        var isAboutJudge = false
    }

    /// Looks whether a plugin, as it is to be, closes a circle of those that must be asked one after the other.
    ///
    /// - Parameters:
    ///   - plugin: as it is to be.
    ///   - others: all others that are registered, whatever their state.
    /// - Returns: what cannot be; nil if all is well.
    static func contradiction(of plugin: Plugin, among others: [Plugin]) -> Contradiction? {
        // Mostly nobody says anything about order; then this must be quick, also among ten thousand.
        let isConstrained = { (plugin: Plugin) in plugin.manifest.subscriptions.contains(where: \.isConstrained) }
        guard isConstrained(plugin) || others.contains(where: isConstrained) else { return nil }
        let nodes = ([plugin] + others).flatMap { plugin in
            plugin.manifest.subscriptions.enumerated().compactMap { number, subscription in
                subscription.phase == .before
                    ? Node(plugin: plugin.id, name: plugin.name, number: number, subscription: subscription) : nil
            }
        }
        var byName: [String: [Int]] = [:]
        for (index, node) in nodes.enumerated() { byName[node.name, default: []].append(index) }
        var later = [[Int]](repeating: [], count: nodes.count)
        func add(_ first: Int, before second: Int) {
            guard first != second, nodes[first].plugin != nodes[second].plugin else { return }
            let events = Set(nodes[first].subscription.events)
            if !events.isDisjoint(with: nodes[second].subscription.events) { later[first].append(second) }
        }
        for (index, node) in nodes.enumerated() where node.subscription.isConstrained {
            for name in node.subscription.runsAfter {
                for first in byName[name] ?? [] { add(first, before: index) }
            }
            for name in node.subscription.runsBefore {
                for second in byName[name] ?? [] { add(index, before: second) }
            }
        }
        for (start, node) in nodes.enumerated() where node.plugin == plugin.id {
            if let path = circle(from: start, later) {
                return Contradiction(subscription: node.number, names: path.map { nodes[$0].name })
            }
        }
        for (first, node) in nodes.enumerated() where node.subscription.isJudge {
            for second in later[first] where !nodes[second].subscription.isJudge {
                guard let own = [first, second].first(where: { nodes[$0].plugin == plugin.id }) else { continue }
                let names = [node.name, nodes[second].name]
                return Contradiction(subscription: nodes[own].number, names: names, isAboutJudge: true)
            }
        }
        return nil
    }

    private struct Node {
        var plugin: PluginID
        var name: String
        var number: Int
        var subscription: Subscription
    }

    /// The shortest way from a node back to itself.
    private static func circle(from start: Int, _ later: [[Int]]) -> [Int]? {
        var cameFrom: [Int: Int] = [:]
        var open = [start]
        var next = 0
        while next < open.count {
            let node = open[next]
            next += 1
            for successor in later[node] {
                if successor == start {
                    var path = [start, node]
                    while let last = path.last, last != start, let before = cameFrom[last] { path.append(before) }
                    return path.reversed()
                }
                guard cameFrom[successor] == nil else { continue }
                cameFrom[successor] = node
                open.append(successor)
            }
        }
        return nil
    }
}

extension Subscription {
    /// Whether it says before or after whom its plugin is asked.
    var isConstrained: Bool { !runsAfter.isEmpty || !runsBefore.isEmpty }
}
