import Curl
import Glibc

/// Posts a signed request again and again, some at once, and prints how many a second and how long each took.
///
/// `TransportBench URL BODY-FILE HEADER-FILE IN-FLIGHT SECONDS RATE`; a rate of 0 is as fast as it goes. Prints
/// `{"requests", "seconds", "processor", "p50", "p99"}`: seconds of processor time, and microseconds of the client's own
/// time of a request, which is all but the peer's.
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 7, let inFlight = Int(arguments[4]), let seconds = Int(arguments[5]),
            let rate = Int(arguments[6]), inFlight > 0, seconds > 0, rate >= 0
        else {
            print("usage: TransportBench URL BODY-FILE HEADER-FILE IN-FLIGHT SECONDS RATE")
            exit(64)
        }
        let headers = lines(of: arguments[3]).map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: String(parts[1].drop { $0 == " " }))
        }
        let request = HTTPRequest(url: arguments[1], headers: headers, body: bytes(of: arguments[2]))
        var configuration = HTTPClient.Configuration()
        configuration.addressGuard = AddressGuard(allow: [try CIDR(parsing: "127.0.0.0/8")])
        let client = try HTTPClient(configuration)
        _ = try await run(client, request, inFlight, for: .seconds(1), rate: rate)
        let processor = processorSeconds()
        let began = ContinuousClock.now
        let times = try await run(client, request, inFlight, for: .seconds(seconds), rate: rate).sorted()
        let took = Double((ContinuousClock.now - began) / .microseconds(1)) / 1e6
        let used = processorSeconds() - processor
        await client.shutdown()
        let fields = [
            "\"requests\": \(times.count)", "\"seconds\": \(took)", "\"processor\": \(used)",
            "\"p50\": \(times[times.count / 2])", "\"p99\": \(times[times.count * 99 / 100])",
        ]
        print("{\(fields.joined(separator: ", "))}")
    }

    /// The client's own microseconds of each request.
    private static func run(
        _ client: HTTPClient,
        _ request: HTTPRequest,
        _ inFlight: Int,
        for time: Duration,
        rate: Int
    ) async throws -> [Int] {
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: [Int].self) { group in
            for number in 0..<inFlight {
                group.addTask {
                    var times: [Int] = []
                    times.reserveCapacity(200_000)
                    let pause = rate == 0 ? Duration.zero : .seconds(1) * inFlight / rate
                    var next = start + pause * number / inFlight
                    while ContinuousClock.now - start < time {
                        if rate > 0 {
                            try await Task.sleep(until: next, tolerance: .zero, clock: .continuous)
                            next += pause
                        }
                        let sent = ContinuousClock.now
                        let response = try await client.send(request)
                        let whole = Int((ContinuousClock.now - sent) / .microseconds(1))
                        guard response.status == 200 else { throw Failure(status: response.status) }
                        times.append(max(0, whole - response.timings.wait))
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private struct Failure: Error {
        var status: Int
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let times = [usage.ru_utime, usage.ru_stime]
        return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    private static func bytes(of path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }

    private static func lines(of path: String) -> [String] {
        String(decoding: bytes(of: path), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
