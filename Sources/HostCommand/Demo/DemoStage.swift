import Foundation
import PluginProtocol

/// The host, the plugins and the files of a demo.
final class DemoStage {
    /// One of the sample plugins.
    struct Sample {
        /// As its manifest says.
        var name: String
        /// What it is written in.
        var language: String
        /// Looked up on PATH, or a path.
        var program: String
        /// Before the options that all samples share.
        var arguments: [String]
    }

    /// Temporary files: the database unless another was named, and what the programs print.
    let folder: URL
    /// The host's address.
    let server: String
    /// The administrator's token.
    let token: String
    /// The plugins to start.
    let samples: [Sample]
    /// The text that the demo works on.
    let text: String
    private let listen: String
    private let database: URL
    private let executable: String
    private var host: ChildProcess?
    private var plugins: [ChildProcess] = []

    /// Finds everything and makes the folder; starts nothing.
    ///
    /// - Throws: ``CommandFailure`` when something is not there.
    init(samples: String?, database: String?, listen: String?) throws(CommandFailure) {
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        self.executable = executable
        let beside = URL(fileURLWithPath: executable).deletingLastPathComponent()
        let samples = try Self.sampleFolder(samples, near: beside)
        let contents = beside.appendingPathComponent("table-of-contents").path
        self.samples = [
            Sample(
                name: "house-style",
                language: "Node",
                program: "node",
                arguments: [samples.appendingPathComponent("house-style/house-style.mjs").path]
            ),
            Sample(name: "table-of-contents", language: "Swift", program: contents, arguments: []),
            Sample(
                name: "spellcheck",
                language: "Python",
                program: "python3",
                arguments: [samples.appendingPathComponent("spellcheck/spellcheck.py").path]
            ),
        ]
        guard FileManager.default.isExecutableFile(atPath: contents) else {
            throw CommandFailure(
                "the plugin table-of-contents is not built (there is no \(contents))",
                hint: "Run `swift build`, or scripts/demo, which builds everything."
            )
        }
        self.text = try InputFile.text(samples.appendingPathComponent("demo-text.md").path)

        if let listen {
            self.listen = listen
        } else {
            let port = try FreePort.on("127.0.0.1")
            self.listen = "127.0.0.1:\(port)"
        }
        self.server = "http://" + self.listen
        self.token =
            "demo-"
            + String(WebhookSecret.generate().text.dropFirst(WebhookSecret.prefix.count).filter(\.isLetter).prefix(24))
        self.folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pluginhost-demo-\(UUID().uuidString.prefix(8).lowercased())")
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandFailure("cannot make a temporary folder: \((error as NSError).localizedDescription)")
        }
        if let database {
            self.database = URL(fileURLWithPath: database)
            if FileManager.default.fileExists(atPath: database) {
                throw CommandFailure(
                    "\(database) exists; the demo begins with a new database",
                    hint: "Name a file that does not exist."
                )
            }
        } else {
            self.database = folder.appendingPathComponent("host.sqlite")
        }
    }

    /// Starts the host and waits until it is ready.
    ///
    /// - Returns: a client with the administrator's token.
    /// - Throws: ``CommandFailure`` when the host does not become ready in 30 s.
    func openHost(_ report: DemoReport) async throws -> HostClient {
        let host = try ChildProcess(
            "the host",
            program: executable,
            arguments: ["serve", "--database", database.path, "--listen", listen, "--allow-address", "127.0.0.0/8"],
            environment: ["PLUGINHOST_ADMIN_TOKEN": token],
            log: folder.appendingPathComponent("host.log")
        )
        self.host = host
        let client = try HostClient(server: server, token: token)
        for _ in 0..<3000 {
            if (try? await client.call("GET", "/readyz")) != nil { return client }
            guard host.isRunning else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        await client.close()
        throw CommandFailure("the host did not start: \(host.endOfLog())")
    }

    /// Starts a plugin that already knows its secret.
    ///
    /// - Returns: where it listens.
    /// - Throws: ``CommandFailure`` when it does not start.
    func open(_ sample: Sample, secret: String) async throws -> String {
        let plugin = try ChildProcess(
            sample.name,
            program: sample.program,
            arguments: sample.arguments + ["--port", "0"],
            environment: ["PLUGINHOST_PLUGIN_SECRET": secret],
            log: folder.appendingPathComponent("\(sample.name).log")
        )
        plugins.append(plugin)
        return try await plugin.address()
    }

    /// The last lines that the host printed.
    func endOfHostLog() -> String { host?.endOfLog() ?? "" }

    /// Stops the host first, so that it loses no plugin it is asking, then the plugins, and removes the folder.
    func close() async {
        await host?.stop()
        for plugin in plugins { await plugin.stop() }
        try? FileManager.default.removeItem(at: folder)
    }

    private static func sampleFolder(_ given: String?, near executable: URL) throws(CommandFailure) -> URL {
        if let given { return URL(fileURLWithPath: given) }
        for start in [URL(fileURLWithPath: FileManager.default.currentDirectoryPath), executable] {
            var folder = start
            while folder.path != "/" {
                let samples = folder.appendingPathComponent("plugins-sample")
                if FileManager.default.fileExists(atPath: samples.appendingPathComponent("demo-text.md").path) {
                    return samples
                }
                folder.deleteLastPathComponent()
            }
        }
        throw CommandFailure(
            "there is no folder plugins-sample here or above",
            hint: "Run the demo in a copy of the repository, or name the folder with --samples."
        )
    }
}
