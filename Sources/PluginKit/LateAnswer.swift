public import DocumentModel
internal import JSONSchema
public import PluginProtocol

/// What to post to the host when the answer is ready that was deferred.
///
/// ```swift
/// Handler(.documentChanged) { call in
///     guard call.continuation != nil else { return .nothing }
///     jobs.add { try await client.post(call.later(summary(of: call.document))) }
///     return .deferred(seconds: 60, reason: "The text is long.")
/// }
/// ```
///
/// The URL is a secret: who has it may answer. `Sendable`.
public struct LateAnswer: Sendable, Hashable {
    /// Where to post it; neither a token nor a signature is needed.
    public let url: String
    /// From when on it is not taken any more.
    public let expires: Timestamp
    /// The `content-type` header.
    public let contentType: String
    /// The body.
    public let body: [UInt8]
}

extension PluginCall {
    /// Makes what is to be posted later of an answer; nil if this call cannot be answered later.
    ///
    /// The host answers 200 when it took it, 422 with a `refusal` when it may be corrected and posted again (five times at
    /// most), and 409 or 410 when it takes none any more.
    public func later(_ answer: PluginAnswer) -> LateAnswer? {
        guard let continuation else { return nil }
        var writer = JSONWriter(reserving: 1024)
        answer.write(into: &writer)
        return LateAnswer(
            url: continuation.url,
            expires: continuation.expires,
            contentType: "application/json",
            body: writer.bytes
        )
    }
}

extension PluginAnswer {
    /// Says that the answer comes later, at the call's continuation; see ``PluginCall/later(_:)``.
    ///
    /// In `before` the host takes it for a failure.
    ///
    /// - Parameters:
    ///   - seconds: about how long it takes, 0 to 900.
    ///   - reason: for people to read.
    /// - Returns: the announcement.
    public static func deferred(seconds: Double, reason: String? = nil) -> PluginAnswer {
        PluginAnswer(defer: Deferral(seconds: seconds, reason: reason))
    }
}
