public import DocumentModel

/// What is wrong, on purpose, with the signature of a request by which a plugin is tried.
///
/// A plugin must answer each with 401. `Sendable`.
public enum SignatureFault: Sendable, Hashable, CaseIterable {
    /// Made with a secret that nobody else knows.
    case otherSecret
    /// Right, but made longer ago than a plugin may accept.
    case stale
    /// Right, but dated further in the future than a plugin may accept.
    case future
    /// Right for another body.
    case otherBody
    /// There is none.
    case missing

    /// How many times the tolerance a wrong timestamp is off, so that a clock that is a little wrong does not make it right.
    private static let excess: Int64 = 2

    /// The `webhook-…` headers with this fault.
    ///
    /// - Parameters:
    ///   - id: the `webhook-id`.
    ///   - now: the time of day.
    ///   - body: the bytes as they are sent.
    ///   - secrets: what a genuine request would be signed with.
    ///   - tolerance: how far a plugin lets a timestamp be off.
    /// - Returns: names and values; none if the signature is to be missing.
    public func headers(
        id: String,
        now: Timestamp,
        body: [UInt8],
        secrets: [WebhookSecret],
        tolerance: Duration = Limits.default.signatureTolerance
    ) -> [(name: String, value: String)] {
        let offset = tolerance.components.seconds * Self.excess
        var seconds = now.millisecondsSince1970 / 1000
        var secrets = secrets
        var body = body
        switch self {
        case .otherSecret: secrets = [.generate()]
        case .stale: seconds -= offset
        case .future: seconds += offset
        case .otherBody: body.append(UInt8(ascii: " "))
        case .missing: return []
        }
        return [
            (WebhookSignature.HeaderName.id, id),
            (WebhookSignature.HeaderName.timestamp, String(seconds)),
            (
                WebhookSignature.HeaderName.signature,
                WebhookSignature.sign(id: id, timestamp: seconds, body: body, secrets: secrets)
            ),
        ]
    }
}
