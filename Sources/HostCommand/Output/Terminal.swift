import Foundation

/// One of the process's output streams and what is known of the screen behind it.
struct Terminal: Sendable {
    /// Where results go.
    static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
    /// Where messages to a person go.
    static let standardError = Terminal(descriptor: STDERR_FILENO)

    private let descriptor: Int32
    /// Whether a person is looking.
    let isInteractive: Bool

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        self.isInteractive = isatty(descriptor) == 1
    }

    /// Columns; nil when output goes to a file or a pipe, where nothing is shortened.
    var width: Int? {
        guard isInteractive else { return nil }
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return max(Int(size.ws_col), 40) }
        return 80
    }

    /// Whether colours may be used: only on a screen, and not where they are not wanted.
    ///
    /// Source: https://no-color.org; TERM as terminfo(5) has it.
    var hasColours: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isInteractive && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// Writes a line, or several.
    func write(_ text: String) {
        var bytes = Array(text.utf8)
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        write(bytes)
    }

    /// Writes bytes as they are; what cannot be written because nobody reads any more is dropped.
    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// How a piece of text is to look, on a screen that can.
    enum Style: String {
        case strong = "1"
        case faint = "2"
        case bad = "31"
        case good = "32"
        case remarkable = "33"
    }

    /// The text in a style, or as it is where colours are not wanted.
    func styled(_ text: String, _ style: Style) -> String {
        hasColours ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
