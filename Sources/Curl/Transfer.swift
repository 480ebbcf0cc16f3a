internal import Synchronization

/// One request on its way through the loop, from the call to the result.
///
/// `@unchecked Sendable`: `request` and `submittedAt` never change; `isCancelled` is atomic; the variables are touched by the
/// transfer thread only, but for `continuation`, which the caller sets before the mailbox's lock hands the transfer over.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPResponse, CurlError>

    let request: HTTPRequest
    let submittedAt = MonotonicTime.now

    /// Set at any time by any thread, also before the loop has heard of the transfer.
    let isCancelled = Atomic(false)

    /// Who waits for the outcome.
    var continuation: CheckedContinuation<Outcome, Never>?

    /// The handle that carries it, while it is under way.
    var handle: EasyHandle?

    /// When the loop took it up.
    var startedAt = 0

    /// How long the name took.
    var lookupTime = 0

    /// Whether the outcome was delivered.
    var isDone: Bool { continuation == nil }

    init(_ request: HTTPRequest) {
        self.request = request
    }

    /// Delivers the outcome; later ones are dropped.
    func finish(_ outcome: Outcome) {
        continuation?.resume(returning: outcome)
        continuation = nil
    }

    var deadline: Int { submittedAt + request.timeout.inMicroseconds }

    /// Timings of a transfer that libcurl knows nothing of.
    var timingsWithoutHandle: TransferTimings {
        var timings = TransferTimings()
        timings.total = MonotonicTime.now - submittedAt
        timings.queue = startedAt == 0 ? timings.total : startedAt - submittedAt
        timings.dns = lookupTime
        return timings
    }
}
