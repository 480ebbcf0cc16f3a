import DocumentModel
public import PluginProtocol

extension PluginService {
    /// Whom a change would be shown to before it is stored, in which order, and how long that may take.
    ///
    /// - Parameters:
    ///   - event: what the change would be, such as `document.changed`.
    ///   - documentType: of the document; nil: only those who are asked about every type.
    /// - Returns: the plan with the plugins as they are now.
    public func plan(_ event: EventType, documentType: String? = nil) -> ChainPlan {
        let index = registry.index
        return ChainPlan(
            index.chain(event, documentType: documentType),
            event: event,
            documentType: documentType,
            namedTypes: index.documentTypes(before: event),
            budget: limits.chainTime
        )
    }

    /// What an administrator should know about a plugin's time beside those that are enabled, whether it is enabled itself or not.
    ///
    /// - Returns: for each event that it is asked before and whose plugins may take longer together than a change waits, a sentence
    ///   about the type of documents that takes longest.
    public func warnings(about plugin: Plugin) -> [String] {
        var enabled = plugin
        enabled.state = .enabled
        let runtime = PluginRuntime(limits: limits, mayHaveState: false)
        let own = MatchIndex(plugins: [RegisteredPlugin(enabled, runtime: runtime)])
        let wanted = own.wanted(in: .before)
        guard !wanted.isEmpty else { return [] }
        let others = registry.index
        return EventType.allCases.filter(wanted.contains).compactMap { event in
            let longest = longest(event, of: plugin.id, own, others)
            guard longest.time > limits.chainTime else { return nil }
            let warning = ChainPlan.warning(
                event,
                documentType: longest.documentType,
                worstCase: longest.time,
                budget: limits.chainTime
            )
            return plugin.state == .enabled ? warning : "once it is enabled, " + warning
        }
    }

    /// The longest chain that a plugin is part of, if it may take longer than a change waits.
    private func longest(
        _ event: EventType,
        of plugin: PluginID,
        _ own: MatchIndex,
        _ others: MatchIndex
    ) -> (documentType: String?, time: Duration) {
        func add(_ candidates: [MatchIndex.Candidate], to time: inout ChainTime) {
            for candidate in candidates where candidate.plugin.id != plugin { time.add(candidate) }
        }
        var ofEveryType = ChainTime()
        let ownOfEveryType = own.candidates(before: event)
        for candidate in ownOfEveryType { ofEveryType.add(candidate) }
        add(others.candidates(before: event), to: &ofEveryType)
        var types = Set(own.documentTypes(before: event))
        var bounds: [(documentType: String?, time: Duration)] = []
        if !ownOfEveryType.isEmpty {
            bounds.append((nil, ofEveryType.bound))
            types.formUnion(others.documentTypes(before: event))
        }
        for type in types.sorted() {
            var time = ofEveryType
            for candidate in own.candidates(before: event, only: type) { time.add(candidate) }
            add(others.candidates(before: event, only: type), to: &time)
            bounds.append((type, time.bound))
        }
        // Who is asked at the same time is looked at only where it may matter, which mostly is once.
        var longest: (documentType: String?, time: Duration) = (nil, .zero)
        for (type, bound) in bounds.sorted(by: { $0.time > $1.time }) {
            guard bound > max(longest.time, limits.chainTime) else { break }
            let time = worstCase(event, type, of: plugin, own, others)
            if time > longest.time { longest = (type, time) }
        }
        return longest
    }

    private func worstCase(
        _ event: EventType,
        _ documentType: String?,
        of plugin: PluginID,
        _ own: MatchIndex,
        _ others: MatchIndex
    ) -> Duration {
        func asked(_ index: MatchIndex) -> [MatchIndex.Candidate] {
            index.candidates(before: event) + (documentType.map { index.candidates(before: event, only: $0) } ?? [])
        }
        let candidates = asked(own) + asked(others).filter { $0.plugin.id != plugin }
        let ordered = MatchIndex.ordered(candidates, before: event)
        return ChainTime.worstCase(of: ChainGroups.split(ordered) { $0 })
    }
}
