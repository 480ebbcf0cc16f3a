public import Logging
public import NIOConcurrencyHelpers

/// Keeps what is logged: a line each, `<level> <message> <key>=<value> …`, keys sorted.
///
/// `Sendable`.
public struct RecordingLogHandler: LogHandler {
    private let lines: NIOLockedValueBox<[String]>
    /// What each line has besides its own.
    public var metadata: Logger.Metadata = [:]
    /// The lowest level that is kept.
    public var logLevel = Logger.Level.trace

    /// Keeps lines where a test can see them.
    public init(_ lines: NIOLockedValueBox<[String]>) { self.lines = lines }

    /// One value of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Keeps a line.
    public func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.map { "\($0)=\($1)" }.sorted().joined(separator: " ")
        lines.withLockedValue { $0.append("\(event.level) \(event.message) \(pairs)") }
    }
}
