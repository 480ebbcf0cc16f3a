import ArgumentParser
import Foundation

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows a host and three sample plugins at work, and keeps them running.",
        discussion: """
            Starts a host with a new database and the plugins spellcheck (Python), house-style (Node) and table-of-contents \
            (Swift) on this machine, writes and edits a document, and shows what each plugin was asked, what it answered, \
            and what came of it. Then it goes on serving until Ctrl-C, so that you can try things yourself.

            It must be run from a copy of the repository, which holds the plugins; `scripts/demo` builds everything first.
            """
    )

    @Flag(name: .long, help: "Stops everything after the demo. Exits with 1 if a step did not do what it should.")
    var once = false

    @Option(
        name: .long,
        help: ArgumentHelp("Where the host listens (default: a free port of 127.0.0.1).", valueName: "address:port")
    )
    var listen: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A new database file, kept afterwards (default: a temporary one, removed).",
            valueName: "file"
        )
    )
    var database: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The folder with the sample plugins (default: plugins-sample, looked for upwards).",
            valueName: "folder"
        )
    )
    var samples: String?

    func run() async throws {
        let stage = try DemoStage(samples: samples, database: database, listen: listen)
        do {
            let report = DemoReport(output: .standardOutput)
            let client = try await stage.openHost(report)
            let demo = Demo(stage: stage, client: client, report: report)
            try await demo.run()
            await client.close()
            if !once {
                report.closing(server: stage.server, token: stage.token, logs: stage.folder.path(percentEncoded: false))
                await Self.untilInterrupted()
            }
            await stage.close()
            if !report.failures.isEmpty {
                throw CommandFailure(
                    "\(report.failures.count) of the demo's checks failed: \(report.failures.joined(separator: "; "))"
                )
            }
            if once { report.say("\nEverything did what it should; all processes were stopped.") }
        } catch {
            let log = stage.endOfHostLog()
            await stage.close()
            if !log.isEmpty, !(error is CommandFailure) {
                Terminal.standardError.write("the host's last words:\n\(log)")
            }
            throw error
        }
    }

    /// Waits for Ctrl-C or SIGTERM.
    private static func untilInterrupted() async {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
        let sources = [SIGINT, SIGTERM].map { number in
            // Without this the default action would end the process before the children are stopped.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        for await _ in signals { break }
        for source in sources { source.cancel() }
    }
}
