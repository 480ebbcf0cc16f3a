internal import ArgumentParser

/// The command-line tool `pluginhost`, as a library, so that what it does can be tested without a process.
public enum HostCommand {
    /// Runs the command that the process's arguments name, and ends the process.
    ///
    /// Exit codes: 0 when the command did what was asked; 1 when it could not, with the reason on standard error; 64
    /// when the arguments make no sense.
    public static func main() async {
        do {
            var command = try RootCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as any PrintableFailure {
            Terminal.standardError.write(failure.text(width: Terminal.standardError.width ?? 100))
            RootCommand.exit(withError: ExitCode.failure)
        } catch {
            RootCommand.exit(withError: error)
        }
    }
}

struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pluginhost",
        abstract: "Lets plugins extend documents over HTTP, and keeps a record of who changed what.",
        discussion: """
            `pluginhost serve` is the host. The other commands talk to a running host:

              --server URL   its address (default: PLUGINHOST_SERVER)
              --token TOKEN  who you are (default: PLUGINHOST_TOKEN);
                             `serve` prints a token when it first starts
              --json         prints the host's answer, for programs

            `pluginhost demo` shows everything at work. To try by hand:

              pluginhost serve --database host.sqlite \\
                --allow-address 127.0.0.0/8
              export PLUGINHOST_TOKEN=…
              pluginhost plugin add http://127.0.0.1:9000/
              pluginhost document create --title "Hello" --file text.md
              pluginhost audit list

            Exit codes: 0 done, 1 failed (why is on standard error), 64 the
            arguments make no sense.
            """,
        subcommands: [
            ServeCommand.self, DemoCommand.self, CheckCommand.self, PluginCommand.self, DocumentCommand.self,
            ExchangeCommand.self, ExplainCommand.self, ProposalCommand.self, AuditCommand.self,
        ]
    )
}
