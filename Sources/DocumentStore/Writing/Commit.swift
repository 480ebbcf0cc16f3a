internal import NIOConcurrencyHelpers
internal import PluginHost

/// A transaction that was committed, with those who wait for it to be durable.
///
/// `Sendable`: finished on whichever thread has waited for the disk.
struct Commit: Sendable {
    /// What became of a job in the transaction.
    enum Result: Sendable {
        case written(any WriteJob)
        /// It threw; answered after the commit as well, since it may rest on a revision that is not durable yet.
        case refused(any WriteJob, any Error)

        var isWritten: Bool { if case .written = self { true } else { false } }

        func repeatWrites(in session: WriterSession) throws {
            if case .written(let job) = self { try job.repeatWrites(in: session) }
        }

        func undo() {
            if case .written(let job) = self { job.undo() }
        }

        fileprivate func confirm() {
            switch self {
            case .written(let job): job.succeed()
            case .refused(let job, let error): job.fail(Writer.presentable(error))
            }
        }

        func fail(_ error: HostError) {
            switch self {
            case .written(let job), .refused(let job, _): job.fail(error)
            }
        }
    }

    /// For the ``DurabilityGate``; nil if nothing was written.
    let number: Int?
    let results: [Result]
    let news: StoreCaches.News

    /// Tells readers and callers of what is durable now.
    func finish(_ writer: Writer) {
        // First: whoever is told of a revision may ask for it at once.
        writer.caches.publish(news)
        let written = results.count(where: \.isWritten)
        writer.counters.withLockedValue { counters in
            if number != nil { counters.commits += 1 }
            counters.decisions += written
        }
        if let number { writer.durability.end(number) }
        writer.queue.finished(results.count)
        for result in results { result.confirm() }
    }
}
