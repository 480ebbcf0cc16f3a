/// One thing that a plugin was tested for.
struct CheckFinding: Sendable {
    /// How much it matters.
    enum Level: String, Sendable {
        /// The host or its users are harmed otherwise.
        case must = "MUST"
        /// Good practice.
        case should = "SHOULD"
    }

    /// What came of it.
    enum Verdict: String, Sendable {
        case kept
        case broken
        /// Could not be told.
        case open
    }

    /// How much it matters.
    var level: Level
    /// What a plugin is to do, as a sentence without a full stop.
    var rule: String
    /// What came of it.
    var verdict: Verdict
    /// What was seen, and what to do about it.
    var remark: String

    /// Whether it makes the whole check fail.
    var isFailure: Bool { level == .must && verdict == .broken }
}
