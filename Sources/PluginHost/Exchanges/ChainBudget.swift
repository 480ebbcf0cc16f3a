import PluginProtocol

/// Splits the time of a `before` chain among the plugins that are yet to be asked.
///
/// Time for plugins that must answer (`reject`) is set aside first; the others share what remains, each in proportion to the
/// time it asked for, so that however many of them hang, none takes the time of a plugin that must answer, nor of
/// the ones behind it. The split is made anew before each plugin, so that time not used by one goes to the next. Pure; microseconds throughout.
struct ChainBudget {
    /// One plugin's wish.
    struct Claim: Hashable {
        /// The time its subscription asked for.
        var timeout: Int
        /// Whether the change fails without its answer.
        var isRequired: Bool
    }

    /// What the first of the remaining plugins may take.
    ///
    /// - Parameters:
    ///   - claims: the plugins yet to be asked, in order; not empty.
    ///   - remaining: what is left of the chain's budget.
    /// - Returns: 0 when nothing is left for it.
    static func share(of claims: [Claim], remaining: Int) -> Int {
        guard let first = claims.first, remaining > 0 else { return 0 }
        let required = claims.reduce(0) { $0 + ($1.isRequired ? $1.timeout : 0) }
        if first.isRequired {
            if required <= remaining { return first.timeout }
            return Int(Double(first.timeout) * Double(remaining) / Double(required))
        }
        let free = remaining - required
        guard free > 0 else { return 0 }
        let optional = claims.reduce(0) { $0 + ($1.isRequired ? 0 : $1.timeout) }
        if optional <= free { return first.timeout }
        return Int(Double(first.timeout) * Double(free) / Double(optional))
    }
}

extension ChainBudget.Claim {
    /// What several plugins want that are asked at the same time: the longest time, as far as it is needed by one that is required.
    ///
    /// `claims` has a list for each plugin, since what one is asked twice is one after the other.
    static func together(_ claims: [[Self]]) -> [Self] {
        func longest(_ counts: (Self) -> Bool) -> Int {
            claims.map { $0.reduce(0) { counts($1) ? $0 + $1.timeout : $0 } }.max() ?? 0
        }
        let required = longest(\.isRequired)
        let longest = longest { _ in true }
        return [Self(timeout: required, isRequired: true), Self(timeout: longest - required, isRequired: false)]
            .filter { $0.timeout > 0 }
    }
}

extension MatchIndex.Step {
    /// What this step wants of the chain's budget.
    var claim: ChainBudget.Claim {
        ChainBudget.Claim(
            timeout: candidate.subscription.timeout.microseconds,
            isRequired: candidate.subscription.onFailure == .reject
        )
    }
}
