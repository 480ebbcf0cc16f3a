/// What the demo prints, and which of its checks failed.
final class DemoReport {
    /// The checks that failed, in words.
    private(set) var failures: [String] = []
    private let output: Terminal
    private var section = 0

    init(output: Terminal) {
        self.output = output
    }

    /// Columns to write in; a line for a person is not longer than 100.
    var width: Int { min(output.width ?? 100, 100) }

    /// Begins a section.
    func section(_ title: String) {
        section += 1
        output.write("\n" + output.styled("\(section)  \(title)", .strong) + "\n")
    }

    /// Writes a paragraph.
    func say(_ text: String) {
        output.write(PrintableText.indented(text, by: "", width: width))
    }

    /// Writes text that is laid out already.
    func show(_ text: some StringProtocol, indent: String = "   ") {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            output.write(line.isEmpty ? "" : indent + line)
        }
    }

    /// Writes whether something is as it should be, and remembers when it is not.
    func check(_ holds: Bool, _ claim: String) {
        if !holds { failures.append(claim) }
        let mark = holds ? output.styled("✓", .good) : output.styled("✗ NOT SO:", .bad)
        output.write("   \(mark) \(claim)")
    }

    /// Says how to go on by hand.
    func closing(server: String, token: String, logs: String) {
        section("Go on yourself")
        show(
            """
            The host and the plugins go on until you press Ctrl-C. Look at all of it in a browser, with the token below:

              \(server)/console

            Or in another terminal:

              export PLUGINHOST_SERVER=\(server)
              export PLUGINHOST_TOKEN=\(token)

              pluginhost plugin list
              pluginhost document list
              pluginhost audit list

            (pluginhost is .build/debug/pluginhost here; what host and plugins log is in \(logs).)
            """
        )
    }
}
