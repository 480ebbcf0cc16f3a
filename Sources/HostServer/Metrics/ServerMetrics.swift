import DocumentModel
import Glibc
import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import PluginHost
import PluginProtocol

/// Counts what the server does, for `GET /metrics`.
///
/// `Sendable`; a lock around a few numbers.
final class ServerMetrics: Sendable {
    /// Upper bounds of the histogram's buckets, in microseconds.
    private static let bounds = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        10_000_000, 30_000_000,
    ]

    private struct Operation: Hashable {
        var method: String
        var template: String
    }

    private struct Series {
        var statuses: [Int: Int] = [:]
        var buckets = [Int](repeating: 0, count: ServerMetrics.bounds.count)
        var count = 0
        var microseconds = 0

        mutating func add(_ status: Int, _ microseconds: Int, _ bucket: Int?) {
            statuses[status, default: 0] += 1
            count += 1
            self.microseconds += microseconds
            if let bucket { buckets[bucket] += 1 }
        }
    }

    private struct State {
        var inFlight = 0
        var operations: [Operation: Series] = [:]
        var changes: [String: Int] = [:]
        var mutations = 0
    }

    private let state = NIOLockedValueBox(State())
    private let started = Timestamp.now()

    /// A request was received.
    func requestBegan() { state.withLockedValue { $0.inFlight += 1 } }

    /// A request was answered.
    ///
    /// - Parameters:
    ///   - route: nil if it had none.
    ///   - status: HTTP status; 499 if the client went away.
    ///   - took: from the request's head to the answer.
    func requestEnded(route: Route?, status: Int, took: TimeAmount) {
        let operation = Operation(method: route?.method.rawValue ?? "-", template: route?.template ?? "-")
        let microseconds = Int(took.nanoseconds / 1000)
        let bucket = Self.bounds.firstIndex { microseconds <= $0 }
        state.withLockedValue { state in
            state.inFlight -= 1
            state.operations[operation, default: Series()].add(status, microseconds, bucket)
        }
    }

    /// A change was answered.
    func changed(mutations: Int, dryRun: Bool) {
        let outcome = dryRun ? "dry-run" : mutations == 0 ? "unchanged" : "changed"
        state.withLockedValue { state in
            state.changes[outcome, default: 0] += 1
            if !dryRun { state.mutations += mutations }
        }
    }

    /// A repeat of a change was answered.
    func repeated() { state.withLockedValue { $0.changes["repeated", default: 0] += 1 } }

    /// All metrics in Prometheus' text format, version 0.0.4.
    func text(plugins: [Plugin.State: Int], numbers: [PluginNumbers], ready: Bool) -> [UInt8] {
        let state = state.withLockedValue { $0 }
        var text = MetricsText()
        text.family("pluginhost_ready", "gauge", "Whether the host takes changes.")
        text.sample("pluginhost_ready", [], ready ? 1 : 0)
        text.family("pluginhost_plugins", "gauge", "Registered plugins by state.")
        for name in Plugin.State.allCases {
            text.sample("pluginhost_plugins", [("state", name.rawValue)], plugins[name] ?? 0)
        }
        text.family("pluginhost_changes_total", "counter", "Answered changes of documents by what became of them.")
        for (outcome, count) in state.changes.sorted(by: { $0.key < $1.key }) {
            text.sample("pluginhost_changes_total", [("outcome", outcome)], count)
        }
        text.family(
            "pluginhost_mutations_total",
            "counter",
            "Mutations made by answered changes, reactions of plugins not counted."
        )
        text.sample("pluginhost_mutations_total", [], state.mutations)
        text.family("pluginhost_http_requests_in_flight", "gauge", "Requests being answered.")
        text.sample("pluginhost_http_requests_in_flight", [], state.inFlight)
        writeOperations(state, into: &text)
        text.plugins(numbers)
        text.family("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.")
        text.sample("process_start_time_seconds", [], thousandths: Int(started.millisecondsSince1970))
        if let bytes = Self.residentBytes() {
            text.family("process_resident_memory_bytes", "gauge", "Memory in use.")
            text.sample("process_resident_memory_bytes", [], bytes)
        }
        return text.bytes
    }

    private func writeOperations(_ state: State, into text: inout MetricsText) {
        let operations = state.operations.sorted {
            ($0.key.template, $0.key.method) < ($1.key.template, $1.key.method)
        }
        text.family("pluginhost_http_requests_total", "counter", "Answered requests by operation and status.")
        for (operation, series) in operations {
            for (status, count) in series.statuses.sorted(by: { $0.key < $1.key }) {
                let labels = [("method", operation.method), ("path", operation.template), ("status", String(status))]
                text.sample("pluginhost_http_requests_total", labels, count)
            }
        }
        let duration = "pluginhost_http_request_duration_seconds"
        text.family(duration, "histogram", "Time from a request's head to its answer, by operation.")
        for (operation, series) in operations {
            let labels = [("method", operation.method), ("path", operation.template)]
            var total = 0
            for (bound, count) in zip(Self.bounds, series.buckets) {
                total += count
                text.sample(duration + "_bucket", labels + [("le", MetricsText.decimal(bound, digits: 6))], total)
            }
            text.sample(duration + "_bucket", labels + [("le", "+Inf")], series.count)
            text.sample(duration + "_sum", labels, millionths: series.microseconds)
            text.sample(duration + "_count", labels, series.count)
        }
    }

    /// The second number of `/proc/self/statm`, in pages.
    private static func residentBytes() -> Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let numbers = text.split(separator: " ")
        guard numbers.count > 1, let pages = Int(numbers[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
