import Glibc

/// Lets JSON Schema's tool Bowtie compare this library with others, line by line over the standard streams.
@main
enum Main {
    static func main() {
        var arguments = CommandLine.arguments.dropFirst()
        var assertsFormats = false
        var repetitions = 1
        while let argument = arguments.popFirst() {
            switch argument {
            case "--assert-formats": assertsFormats = true
            case "--repeat":
                guard let number = arguments.popFirst().flatMap(Int.init), number > 0 else {
                    fail("--repeat needs a number above 0")
                }
                repetitions = number
            case "--help":
                print(help)
                return
            default: fail("unknown argument \(argument); see --help")
            }
        }
        var harness = Harness(assertsFormats: assertsFormats, repetitions: repetitions)
        while let line = readLine(strippingNewline: true) {
            if line.isEmpty { continue }
            do throws(Harness.Ending) {
                send(try harness.answer(line) + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
            } catch {
                if error == .failed {
                    send(Array("schema-harness: the line is no request of the protocol\n".utf8), to: STDERR_FILENO)
                }
                exit(error.rawValue)
            }
        }
    }

    private static let help = """
        usage: schema-harness [--assert-formats] [--repeat N]

        Speaks Bowtie's protocol over standard input and output.

          --assert-formats   `format` is an assertion, for the suite's optional/format
          --repeat N         validates each instance N times: to count what that costs
        """

    private static func fail(_ message: String) -> Never {
        send(Array("schema-harness: \(message)\n".utf8), to: STDERR_FILENO)
        exit(64)
    }

    /// Writes all of it; whoever reads has gone away if that fails.
    private static func send(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { exit(1) }
                rest = rest.dropFirst(count)
            }
        }
    }
}
