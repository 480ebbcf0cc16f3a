import Glibc

/// Lets JSON Schema's tool Bowtie compare this library with others, line by line over the standard streams.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.contains("--help") {
            print(
                "usage: schema-harness [--assert-formats]\n\nSpeaks Bowtie's protocol over standard input and output."
            )
            return
        }
        if let unknown = arguments.first(where: { $0 != "--assert-formats" }) {
            send(Array("schema-harness: unknown argument \(unknown); see --help\n".utf8), to: STDERR_FILENO)
            exit(64)
        }
        var harness = Harness(assertsFormats: arguments.contains("--assert-formats"))
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
