import Foundation

/// A certificate authority in a temporary folder, for one test.
final class TLSTestAuthority: Sendable {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("curl-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try OpenSSL.run(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=Test authority",
            ]
                + ["-keyout", path("ca.key"), "-out", path("ca.pem")]
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ file: String) -> String { folder.appendingPathComponent(file).path }

    /// Makes `file`.pem and `file`.key for a name.
    func issue(_ file: String, name: String, isExpired: Bool = false) throws {
        try OpenSSL.run(
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
                "-keyout", path("\(file).key"),
            ]
                + ["-out", path("\(file).csr")]
        )
        let extensions = "subjectAltName=DNS:\(name)"
        try Data(extensions.utf8).write(to: URL(fileURLWithPath: path("\(file).ext")))
        try OpenSSL.run(
            [
                "x509", "-req", "-in", path("\(file).csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"),
                "-CAcreateserial",
            ]
                + ["-days", isExpired ? "-1" : "1", "-extfile", path("\(file).ext"), "-out", path("\(file).pem")]
        )
    }
}

/// The `openssl` program.
enum OpenSSL {
    static let path = "/usr/bin/openssl"
    static var isHere: Bool {
        let isHere = FileManager.default.isExecutableFile(atPath: path)
        if !isHere { print("notice: \(path) is not here, so the tests of TLS are skipped") }
        return isHere
    }

    static func run(_ arguments: [String]) throws {
        try Program.run(path, arguments)
    }

    /// `openssl s_server`, which answers a GET with a page about the connection.
    struct Server {
        let port: UInt16
        private let program: Program

        init(_ authority: TLSTestAuthority, certificate: String, options: [String]) throws {
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

        func stop() {
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
