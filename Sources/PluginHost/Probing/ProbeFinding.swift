/// One thing that a plugin was tried for, and what came of it.
///
/// `Sendable`.
public struct ProbeFinding: Sendable {
    /// What a plugin is tried for; the raw value is what the API shows.
    public enum Probe: String, Sendable, CaseIterable {
        /// Whether it answers a genuine ping.
        case ping
        /// Whether it refuses a signature by another secret.
        case wrongSignature = "wrong-signature"
        /// Whether it refuses a genuine signature that is too old.
        case staleTimestamp = "stale-timestamp"
        /// Whether it takes a ping that one of several live secrets alone signed.
        case secret
        /// Whether its certificate lasts.
        case certificate
        /// Whether it lets its own result be.
        case idempotence
    }

    /// What came of it; the raw value is what the API shows.
    public enum Result: String, Sendable, CaseIterable {
        /// As it should be.
        case passed
        /// It works, and should be looked at.
        case warned
        /// Not as it should be.
        case failed
        /// Not tried; the remark says why.
        case skipped
    }

    /// What was tried.
    public var probe: Probe
    /// Phase and type of the event that it was tried with, as in `after document.changed`, or the secret's fingerprint; nil for
    /// other pings.
    public var about: String?
    /// What came of it.
    public var result: Result
    /// What was seen, for people.
    public var remark: String
    /// HTTP status of the last answer, if one came.
    public var status: Int?
    /// How long the last answer took, in microseconds; nil if nothing was sent.
    public var microseconds: Int?
    /// What was sent and answered, as it was stored; empty for forged pings, which are no exchanges.
    public var exchanges: [ExchangeRecord] = []

    init(_ probe: Probe, _ result: Result, _ remark: String, about: String? = nil) {
        self.probe = probe
        self.result = result
        self.remark = remark
        self.about = about
    }
}
