import Foundation

/// The `openssl` program.
public enum OpenSSL {
    private static let path = "/usr/bin/openssl"
    /// Whether it is here; says so if not.
    public static let isHere: Bool = {
        let isHere = FileManager.default.isExecutableFile(atPath: path)
        if !isHere { print("notice: \(path) is not here, so the tests of TLS are skipped") }
        return isHere
    }()

    /// Runs it to its end.
    public static func run(_ arguments: [String]) throws {
        try Program.run(path, arguments)
    }

    /// `openssl s_server`, which answers a GET with a page about the connection.
    public struct Server {
        /// Where it listens.
        public let port: UInt16
        private let program: Program

        /// Starts it with a certificate of the authority.
        public init(_ authority: TLSTestAuthority, certificate: String, options: [String]) throws {
            let arguments =
                ["s_server", "-www", "-accept", "127.0.0.1:0", "-cert", authority.path("\(certificate).pem")]
                + ["-key", authority.path("\(certificate).key")] + options
            program = try Program(OpenSSL.path, arguments)
            // It says "ACCEPT 127.0.0.1:port" once it listens.
            let line = Self.line(in: program.read { Self.line(in: $0) != nil })
            guard let port = line?.split(separator: ":").last.flatMap({ UInt16($0) }) else {
                program.stop()
                throw Program.Failure(arguments: arguments)
            }
            self.port = port
        }

        /// Ends it at once.
        public func stop() {
            program.stop()
        }

        /// The first whole line that begins with "ACCEPT".
        private static func line(in output: [UInt8]) -> Substring? {
            let text = String(decoding: output, as: UTF8.self)
            guard let end = text.lastIndex(of: "\n") else { return nil }
            return text[..<end].split(separator: "\n").first { $0.hasPrefix("ACCEPT") }
        }
    }
}
