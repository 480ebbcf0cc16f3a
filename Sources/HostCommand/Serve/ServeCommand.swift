import ArgumentParser
import Curl
import Foundation
import Logging

/// `pluginhost serve`: the host itself.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the host: its HTTP API, its plugins, its database.",
        discussion: """
            The first start on a new database prints an administrator's token once; keep it. Stop with SIGTERM or Ctrl-C:
            exchanges under way may end (10 s at most).

            Plugins at addresses that are not public (127.0.0.1, 10.0.0.0/8 …) are refused unless a range is allowed:

              pluginhost serve --database host.sqlite --allow-address 127.0.0.0/8

            Settings from the environment: PLUGINHOST_DATABASE, PLUGINHOST_LISTEN, PLUGINHOST_PUBLIC_URL,
            PLUGINHOST_ALLOW_ADDRESS and PLUGINHOST_DENY_ADDRESS (separated by commas), PLUGINHOST_LOG_FORMAT, PLUGINHOST_LOG_LEVEL,
            PLUGINHOST_PING_INTERVAL,
            PLUGINHOST_ADMIN_TOKEN (the administrator's token, at least 16 characters),
            PLUGINHOST_STORE_KEY (32 bytes in base64; without it the key is in the file DATABASE.key, made at the first start).
            """
    )

    @Option(help: "The SQLite file; made if it is not there.")
    var database: String?

    @Option(help: ArgumentHelp("Where to listen, ADDRESS:PORT; port 0 takes a free one. Default 127.0.0.1:8080."))
    var listen: String?

    @Option(
        name: .customLong("public-url"),
        help: "Where plugins reach this host from outside, as in https://host.example."
    )
    var publicURL: String?

    @Option(
        name: .customLong("allow-address"),
        help:
            "A range of addresses that plugins may be at although it is not public, as in 127.0.0.0/8; may be repeated."
    )
    var allow: [String] = []

    @Option(
        name: .customLong("deny-address"),
        help: "A range of addresses that plugins may not be at; goes before all that is allowed; may be repeated."
    )
    var deny: [String] = []

    @Option(
        name: .customLong("ping-interval"),
        help: ArgumentHelp(
            "How often each enabled plugin is pinged, in seconds, a tenth more or less; 0 switches it off. Default 300.",
            valueName: "seconds"
        )
    )
    var pingInterval: String?

    @Option(name: .customLong("log-format"), help: "json or text. Default text.")
    var logFormat: LogFormat?

    @Option(
        name: .customLong("log-level"),
        help: "trace, debug, info, notice, warning, error or critical. Default info."
    )
    var logLevel: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try settings(environment)
        let format = try logFormat ?? environment["PLUGINHOST_LOG_FORMAT"].map { try LogFormat.parsed($0) } ?? .text
        let level = try self.level(environment)
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, format: format) }
        var logger = Logger(label: "pluginhost")
        logger.logLevel = level
        try await Assembly(settings: settings, logger: logger).run { token in
            print("administrator's token (shown only now): \(token)")
            fflush(nil)
        } onReady: { url in
            print("listening on \(url)")
            print("console at \(url)/console")
            fflush(nil)
        }
    }

    private func settings(_ environment: [String: String]) throws -> Assembly.Settings {
        guard let database = database ?? environment["PLUGINHOST_DATABASE"] else {
            throw ValidationError(
                "Name the database: --database FILE (or PLUGINHOST_DATABASE); it is made if it is not there."
            )
        }
        let listen = listen ?? environment["PLUGINHOST_LISTEN"] ?? "127.0.0.1:8080"
        guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
            throw ValidationError(
                "--listen is ADDRESS:PORT with a port of 0 to 65535, as in 127.0.0.1:8080; it was \"\(listen)\"."
            )
        }
        let address = listen[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return Assembly.Settings(
            database: database,
            address: address.isEmpty ? "0.0.0.0" : address,
            port: Int(port),
            publicURL: publicURL ?? environment["PLUGINHOST_PUBLIC_URL"],
            allow: try ranges(allow, environment["PLUGINHOST_ALLOW_ADDRESS"], "--allow-address"),
            deny: try ranges(deny, environment["PLUGINHOST_DENY_ADDRESS"], "--deny-address"),
            administratorToken: environment["PLUGINHOST_ADMIN_TOKEN"],
            storeKey: environment["PLUGINHOST_STORE_KEY"],
            pingInterval: try Self.pingInterval(pingInterval ?? environment["PLUGINHOST_PING_INTERVAL"])
        )
    }

    /// Reads how often plugins are pinged; nil for never.
    static func pingInterval(_ text: String?) throws -> Duration? {
        guard let text else { return .seconds(300) }
        guard let seconds = Int(text), (0...86_400).contains(seconds) else {
            throw ValidationError("--ping-interval is a number of seconds from 0 (off) to 86400; it was \"\(text)\".")
        }
        return seconds == 0 ? nil : .seconds(seconds)
    }

    private func ranges(_ options: [String], _ variable: String?, _ name: String) throws -> [CIDR] {
        let texts = options.isEmpty ? (variable ?? "").split(separator: ",").map(String.init) : options
        return try texts.map { text in
            do {
                return try CIDR(parsing: text.trimmingCharacters(in: .whitespaces))
            } catch let error as CurlError {
                throw ValidationError("\(name): \(error.message)")
            }
        }
    }

    private func level(_ environment: [String: String]) throws -> Logger.Level {
        guard let name = logLevel ?? environment["PLUGINHOST_LOG_LEVEL"] else { return .info }
        guard let level = Logger.Level(rawValue: name) else {
            let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--log-level is one of \(names); it was \"\(name)\".")
        }
        return level
    }
}
