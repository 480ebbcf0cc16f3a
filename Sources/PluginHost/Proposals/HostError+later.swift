import DocumentModel
import JSONSchema
import PluginProtocol

extension HostError {
    /// A URL that the host never gave out; whatever is wrong with it.
    static let noContinuation = HostError(
        .notFound,
        "No answer is awaited at this URL",
        hint: "post to the request's continuation.url exactly as it came"
    )

    static func continuationExpired(_ expires: Timestamp) -> HostError {
        HostError(.continuationExpired, "The answer was awaited until \(expires); nothing is taken any more")
    }

    static func continuationSpent(_ exchange: ExchangeID, limit: Int) -> HostError {
        var error = HostError(
            .continuationSpent,
            "\(limit) answers to the exchange were refused; no more are looked at"
        )
        error.exchange = exchange
        error.rule = "continuationPosts"
        error.limit = .integer(limit)
        error.actual = .integer(limit + 1)
        return error
    }

    static func alreadyAnswered(_ exchange: ExchangeID) -> HostError {
        var error = HostError(.alreadyAnswered, "The exchange has its answer; the first one that was valid counts")
        error.exchange = exchange
        return error
    }

    static func notDeferred(_ record: ExchangeRecord) -> HostError {
        var error = HostError(
            .notDeferred,
            "The exchange ended without its answer being deferred (\(record.outcome?.rawValue ?? "under way")), so none is taken",
            hint: "answer the request with status 202 or `defer` within its time, then post here"
        )
        error.exchange = record.id
        return error
    }

    static func answerRefused(_ refusal: Refusal, _ deferred: DeferredExchange, left: Int) -> HostError {
        var error = HostError(
            .answerRefused,
            "The answer is not taken: \(refusal.message)",
            hint: left > 0 ? "correct it and post it again; \(left) posts are left" : "this was the last post permitted"
        )
        error.exchange = deferred.exchange
        error.refusal = refusal
        return error
    }

    static func alreadyDecided(_ proposal: Proposal) -> HostError {
        let actor = proposal.decision?.actor
        return HostError(
            .alreadyDecided,
            "The proposal was \(proposal.state.rawValue) by \(actor?.name ?? actor?.id ?? "someone")"
                + (proposal.decision.map { " at \($0.time)" } ?? "")
        )
    }

    /// Accepting a proposal came to nothing.
    static func notAccepted(_ proposal: Proposal, _ refusal: Refusal, head: DocumentSnapshot?) -> HostError {
        let code: Code =
            switch refusal.kind {
            case .conflict: .conflict
            case .preconditionFailed: .preconditionFailed
            case .documentTypeViolated: .documentTypeViolated
            case .notGranted: .forbidden
            default: .doesNotApply
            }
        var error = HostError(
            code,
            "The proposal stays open, since its commands were not applied: \(refusal.message)",
            hint: refusal.kind == .conflict
                ? "if the commands are right for a later revision, name it as baseRevision; else decline" : refusal.hint
        )
        error.plugin = proposal.pluginName
        error.exchange = proposal.exchange
        error.refusal = refusal
        error.pointer = refusal.pointer
        error.commandIndex = refusal.commandIndex
        error.currentRevision = head?.document.revision
        return error
    }
}

extension Refusal {
    static let deferredAgain = Refusal(
        .schema,
        "/defer: an answer that comes later cannot be deferred again",
        pointer: JSONPointer(tokens: ["defer"]),
        rule: "defer"
    )

    static func neverCame(within time: Duration) -> Refusal {
        Refusal(
            .headersLate,
            "the plugin said that its answer comes later; it did not come within \(time.wholeMilliseconds / 1000) s",
            rule: "continuationTime",
            limit: .integer(time.wholeMilliseconds)
        )
    }
}
