import NIOConcurrencyHelpers
import PluginProtocol

/// The numbers of one plugin, or of all that have none of their own.
///
/// `Sendable`; a lock that is held for some dozens of additions.
final class PluginSeries: Sendable {
    private let state = NIOLockedValueBox(Counts())

    /// Adds an exchange that ended.
    func add(_ record: ExchangeRecord) { state.withLockedValue { $0.add(record) } }

    /// The numbers of the moment.
    var counts: Counts { state.withLockedValue { $0 } }
}

extension PluginSeries {
    /// What was counted.
    ///
    /// `Sendable`.
    struct Counts: Sendable {
        private static let stages = ExchangeStage.allCases.count
        private static let outcomes = ExchangeRecord.Outcome.allCases.count
        private static let buckets = Histogram.bounds.count + 1

        /// How many exchanges took so long in a stage: a row of buckets for each, the last without a bound.
        private var durations = [Int](repeating: 0, count: stages * buckets)
        /// Microseconds of each stage.
        private var sums = [Int](repeating: 0, count: stages)
        /// Of `before`, then of `after`.
        private var ends = [Int](repeating: 0, count: 2 * outcomes)
        /// By kind.
        private(set) var refusals: [FailureKind: Int] = [:]

        /// Adds an exchange that ended; pings, which are about no document, are left out.
        mutating func add(_ record: ExchangeRecord) {
            guard let phase = record.phase, let outcome = record.outcome else { return }
            ends[(phase == .before ? 0 : Self.outcomes) + outcome.number] += 1
            if let refusal = record.refusal { refusals[refusal.kind, default: 0] += 1 }
            // A stage that did not take place, as connecting on an open connection, is not counted as one that took no time.
            let timings = record.timings
            add(0, timings.match)
            add(1, timings.queue)
            add(2, timings.dns)
            add(3, timings.connect)
            add(4, timings.tls)
            add(5, timings.send)
            add(6, timings.plugin)
            add(7, timings.receive)
            add(8, timings.validate)
            add(9, timings.apply)
        }

        private mutating func add(_ stage: Int, _ microseconds: Int) {
            guard microseconds > 0 else { return }
            sums[stage] += microseconds
            durations[stage * Self.buckets + Histogram.bucket(of: microseconds)] += 1
        }

        /// Adds what was counted elsewhere.
        mutating func add(_ others: Counts) {
            for index in durations.indices { durations[index] += others.durations[index] }
            for index in sums.indices { sums[index] += others.sums[index] }
            for index in ends.indices { ends[index] += others.ends[index] }
            refusals.merge(others.refusals, uniquingKeysWith: +)
        }

        /// One stage's histogram.
        func histogram(_ stage: ExchangeStage) -> Histogram {
            let number = ExchangeStage.allCases.firstIndex(of: stage) ?? 0
            let start = number * Self.buckets
            return Histogram(counts: Array(durations[start..<(start + Self.buckets)]), sum: sums[number])
        }

        /// How many exchanges of a phase ended so.
        func ended(_ phase: Phase, _ outcome: ExchangeRecord.Outcome) -> Int {
            ends[(phase == .before ? 0 : Self.outcomes) + outcome.number]
        }
    }
}

extension ExchangeRecord.Outcome {
    /// Its place among all.
    fileprivate var number: Int {
        switch self {
        case .applied: 0
        case .nothing: 1
        case .refused: 2
        case .failed: 3
        case .skipped: 4
        case .late: 5
        case .interrupted: 6
        }
    }
}
