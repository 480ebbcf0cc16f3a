import Foundation

/// A certificate authority in a temporary folder, made at test time, and what it issues.
///
/// `Sendable`; the folder goes with it.
public final class TLSTestAuthority: Sendable {
    /// What is wrong with a certificate.
    public enum Fault: String, Sendable, CaseIterable {
        /// Nothing.
        case none
        /// It ended yesterday.
        case expired
        /// It begins in some years.
        case notYetValid
        /// It is signed by itself and not by the authority.
        case selfSigned
        /// Its key can be broken.
        case weakKey
    }

    private let folder: URL
    private static let curve = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    /// Makes the authority, `ca.pem` and `ca.key`.
    public init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try OpenSSL.run(
            ["req", "-x509", "-newkey"] + Self.curve
                + ["-nodes", "-days", "2", "-subj", "/CN=Test authority"]
                + ["-keyout", path("ca.key"), "-out", path("ca.pem")]
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// The path of a file of it, such as `ca.pem`.
    public func path(_ file: String) -> String { folder.appendingPathComponent(file).path }

    /// Makes `file`.pem and `file`.key for a name.
    public func issue(_ file: String, name: String, fault: Fault = .none) throws {
        let algorithm = fault == .weakKey ? ["rsa:768"] : Self.curve
        let key = ["-nodes", "-subj", "/CN=\(name)", "-keyout", path("\(file).key")]
        let extensions = "subjectAltName=DNS:\(name),IP:127.0.0.1"
        if fault == .selfSigned {
            let own = ["-days", "1", "-addext", extensions, "-out", path("\(file).pem")]
            try OpenSSL.run(["req", "-x509", "-newkey"] + algorithm + key + own)
            return
        }
        try OpenSSL.run(["req", "-newkey"] + algorithm + key + ["-out", path("\(file).csr")])
        try write(name.isEmpty ? "" : extensions, to: "\(file).ext")
        let request = ["-in", path("\(file).csr"), "-extfile", path("\(file).ext"), "-out", path("\(file).pem")]
        if fault == .notYetValid {
            try issueLater(file, request)
        } else {
            let days = fault == .expired ? "-1" : "1"
            let authority = ["-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial"]
            try OpenSSL.run(["x509", "-req", "-days", days] + authority + request)
        }
    }

    /// Who the server is that shows `file`.pem.
    public func identity(_ file: String) -> TLSServerIdentity {
        TLSServerIdentity(certificate: path("\(file).pem"), key: path("\(file).key"))
    }

    /// The text of `ca.pem`.
    public func authorities() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path("ca.pem")))) }

    /// Only `openssl ca` sets the day on which a certificate begins.
    private func issueLater(_ file: String, _ request: [String]) throws {
        let settings = """
            [ca]
            default_ca = test
            [test]
            database = \(path("index"))
            serial = \(path("serial"))
            new_certs_dir = \(folder.path)
            default_md = sha256
            policy = any
            [any]
            commonName = supplied
            """
        try write(settings, to: "ca.conf")
        try write("", to: "index")
        try write("01", to: "serial")
        let days = ["-startdate", "20900101000000Z", "-enddate", "20910101000000Z"]
        let authority = ["-cert", path("ca.pem"), "-keyfile", path("ca.key"), "-config", path("ca.conf")]
        try OpenSSL.run(["ca", "-batch", "-notext"] + days + authority + request)
    }

    private func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(file)))
    }
}
