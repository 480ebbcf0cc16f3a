import ArgumentParser
import Foundation
import Logging

/// How log lines look.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    /// One JSON object a line.
    case json
    /// For reading.
    case text

    /// Reads a setting of the environment.
    static func parsed(_ text: String) throws -> LogFormat {
        guard let format = LogFormat(rawValue: text) else {
            throw ValidationError("PLUGINHOST_LOG_FORMAT is json or text; it was \"\(text)\".")
        }
        return format
    }
}

/// Writes one line an entry to standard error, as text or as JSON; no line is torn, since each is one write.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    let label: String
    let format: LogFormat

    init(label: String, format: LogFormat) {
        self.label = label
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        var line = Self.line(
            time: Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            level: event.level,
            message: "\(event.message)",
            metadata: all,
            format: format
        )
        // Not by `FileHandle`, which ends the program when the disk that takes the log is full: the line is lost instead.
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// One entry as a line with its newline.
    static func line(
        time: String,
        level: Logger.Level,
        message: String,
        metadata: Logger.Metadata,
        format: LogFormat
    ) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let tail = pairs.map { " \($0.key)=\(quoted("\($0.value)"))" }.joined()
            return "\(time) \(level.rawValue) \(oneLine(message))\(tail)\n"
        case .json:
            var members = [
                "\"time\":\(json(time))", "\"level\":\(json(level.rawValue))", "\"message\":\(json(message))",
            ]
            members += pairs.map { "\(json($0.key)):\(json("\($0.value)"))" }
            return "{\(members.joined(separator: ","))}\n"
        }
    }

    /// What someone sent must not be able to make a line of its own.
    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\u{1B}" ? " " : $0 })
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
        return isPlain ? oneLine(text) : json(text)
    }

    private static func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
