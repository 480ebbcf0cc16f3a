import Foundation

/// Who a test's server says it is by TLS, and which versions and protocols it speaks.
///
/// `Sendable`.
public struct TLSServerIdentity: Sendable {
    /// A chain in PEM form, by path.
    public var certificate: String
    /// Its key in PEM form, by path.
    public var key: String
    /// Whether it takes HTTP/2 if the client offers it; else HTTP/1.1.
    public var speaksHTTP2 = false
    /// Whether it speaks TLS 1.1 and nothing newer.
    public var isOld = false
    /// A file of authorities, one of which must have issued the client's certificate; nil asks for none.
    public var clientAuthorities: String?

    /// An identity from files.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Whether this machine has what TLS servers in tests need; says so if not.
    public static let isAvailable: Bool = {
        if LibSSL.shared == nil { print("notice: OpenSSL's library is not here, so tests of TLS servers are skipped") }
        return LibSSL.shared != nil && OpenSSL.isHere
    }()

    /// A context for connections.
    func makeContext() throws -> TLSContext {
        guard let library = LibSSL.shared, let context = library.newContext(library.serverMethod()) else {
            throw POSIXError(.ENOSYS)
        }
        // Old versions and short keys are at OpenSSL's lowest level only.
        _ = library.setCiphers(context, "ALL:@SECLEVEL=0")
        if isOld {
            _ = library.control(context, 123, 0x0302, nil)
            _ = library.control(context, 124, 0x0302, nil)
        }
        if speaksHTTP2 { library.setSelect(context, selectHTTP2, nil) }
        if let clientAuthorities {
            library.setVerify(context, 3, nil)
            _ = library.loadAuthorities(context, clientAuthorities, nil)
        }
        guard library.useChain(context, certificate) == 1, library.useKey(context, key, 1) == 1 else {
            library.freeContext(context)
            throw POSIXError(.EINVAL)
        }
        return TLSContext(library, context)
    }
}

/// Finds "h2" in the client's list.
private let selectHTTP2: LibSSL.Select = { _, chosen, length, offered, count, _ in
    guard let offered else { return 3 }
    var index = 0
    while index < Int(count) {
        let size = Int(offered[index])
        if size == 2, index + 2 < Int(count), offered[index + 1] == UInt8(ascii: "h"),
            offered[index + 2] == UInt8(ascii: "2")
        {
            chosen?.pointee = offered + index + 1
            length?.pointee = 2
            return 0
        }
        index += size + 1
    }
    return 3
}
