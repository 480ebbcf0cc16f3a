import Foundation

/// A program that the demo runs beside itself; what it prints goes to a file.
final class ChildProcess {
    /// What it is called in messages.
    let name: String
    private let process = Process()
    private let log: URL

    /// Starts the program.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be started.
    init(
        _ name: String,
        program: String,
        arguments: [String],
        environment: [String: String],
        log: URL
    ) throws(CommandFailure) {
        self.name = name
        self.log = log
        do {
            try Data().write(to: log)
            let output = try FileHandle(forWritingTo: log)
            // `env` looks the program up on PATH, which Process does not.
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [program] + arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = output
            try Self.withoutBlockedSignals { try process.run() }
            try output.close()
        } catch {
            throw CommandFailure("cannot start \(name) (\(program)): \((error as NSError).localizedDescription)")
        }
    }

    /// Runs a body with no signal blocked: threads of the pool block them, and a child would inherit that and never
    /// see SIGTERM.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    /// Whether it runs.
    var isRunning: Bool { process.isRunning }

    /// The last lines that it printed.
    func endOfLog(lines: Int = 12) -> String {
        let text = String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).map { PrintableText.line(String($0)) }.joined(separator: "\n")
    }

    /// Waits until it prints `listening on URL`.
    ///
    /// - Returns: the URL.
    /// - Throws: ``CommandFailure`` when it ends first, or says nothing of the kind in 15 s.
    func address() async throws -> String {
        for _ in 0..<1500 {
            let text = String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self)
            for line in text.split(separator: "\n") {
                guard let start = line.range(of: "listening on http") else { continue }
                let url = line[line.index(start.lowerBound, offsetBy: "listening on ".count)...]
                return String(url.prefix { !$0.isWhitespace && $0 != "\"" })
            }
            guard isRunning else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CommandFailure("\(name) did not start: \(endOfLog())")
    }

    /// Asks it to end, and makes it end when it does not.
    func stop() async {
        guard process.isRunning else { return }
        process.terminate()
        for _ in 0..<1000 {
            if !process.isRunning { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
