import PluginProtocol

/// How long a `before` chain takes if every plugin takes all its time.
///
/// Summed up one by one, in any order, this is how long it takes at most: those who are asked at the same time are known only
/// once all are, in their order.
struct ChainTime {
    private var others = Duration.zero
    private var judges: [PluginID: Duration] = [:]
    private var longestJudge = Duration.zero

    /// Adds one that is asked.
    mutating func add(_ candidate: MatchIndex.Candidate) {
        let timeout = candidate.subscription.timeout
        guard candidate.subscription.isJudge else {
            others += timeout
            return
        }
        let time = judges[candidate.plugin.id, default: .zero] + timeout
        judges[candidate.plugin.id] = time
        longestJudge = max(longestJudge, time)
    }

    /// What it comes to at most.
    var bound: Duration { others + longestJudge }

    /// How long it takes, given who is asked at the same time (``ChainGroups``).
    ///
    /// What one plugin is asked twice is one after the other.
    static func worstCase(of groups: [[MatchIndex.Candidate]]) -> Duration {
        groups.reduce(.zero) { sum, group in
            var times: [PluginID: Duration] = [:]
            for candidate in group { times[candidate.plugin.id, default: .zero] += candidate.subscription.timeout }
            return sum + (times.values.max() ?? .zero)
        }
    }
}
