import ArgumentParser
import DocumentStore
import JSONSchema

struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Tells whether a database's ledger holds what was committed. Needs no host.",
        discussion: """
            Reads the database, that of a running host too, or a copy, and writes nothing. Each entry must follow the one before \
            it without a gap, and each payload and each body of an exchange must be the one that was committed to when it was \
            written. Exits with 1 when something does not match.

            Whoever can rewrite the whole file, the commitments included, is not found out by this.

              pluginhost audit verify host.sqlite
            """
    )

    @Argument(help: ArgumentHelp("The database.", valueName: "file")) var file: String

    @Flag(name: .long, help: "Prints the result as JSON.") var json = false

    func run() async throws {
        let verification: LedgerVerification
        do {
            verification = try LedgerVerification(path: file)
        } catch let error as StoreError {
            throw CommandFailure(error.message, hint: error.hint)
        }
        let output = Terminal.standardOutput
        output.write(json ? Self.json(verification).indentedText : Self.text(verification))
        if !verification.isIntact { throw ExitCode.failure }
    }

    private static func text(_ verification: LedgerVerification) -> String {
        var lines = verification.problems.map { PrintableText.line($0.description) }
        let more = verification.problemCount - verification.problems.count
        if more > 0 { lines.append("… and \(more) more") }
        let erased = verification.erased == 0 ? "" : " (\(verification.erased) erased)"
        lines.append(
            "\(verification.entries) entries\(erased), \(verification.exchanges) exchanges: "
                + (verification.isIntact
                    ? "all as they were committed" : "\(verification.problemCount) NOT as they were committed")
        )
        return lines.joined(separator: "\n")
    }

    /// `{"intact", "entries", "erased", "exchanges", "problemCount", "problems": [string]}`.
    private static func json(_ verification: LedgerVerification) -> JSON {
        [
            "intact": .bool(verification.isIntact),
            "entries": .number(JSONNumber(verification.entries)),
            "erased": .number(JSONNumber(verification.erased)),
            "exchanges": .number(JSONNumber(verification.exchanges)),
            "problemCount": .number(JSONNumber(verification.problemCount)),
            "problems": .array(verification.problems.map { .string($0.description) }),
        ]
    }
}
