import PluginProtocol

/// Sums up how long a `before` chain takes if every plugin takes all its time.
///
/// Judges are asked at the same time, but what one plugin judges twice is one after the other.
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

    /// The sum.
    var worstCase: Duration { others + longestJudge }
}
