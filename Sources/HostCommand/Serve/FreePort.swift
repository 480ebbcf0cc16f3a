import Glibc

/// Finds the port that `--listen ADDRESS:0` stands for, before anything is told about it.
///
/// Plugins are given addresses of the host, and requests to itself are refused, so the port must be known before the
/// server binds it.
enum FreePort {
    /// A port that is free now on an address, given as a number or a name; somebody else may take it before it is used.
    ///
    /// - Throws: ``CommandFailure`` if the address cannot be listened on.
    static func on(_ address: String) throws(CommandFailure) -> Int {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address, "0", &hints, &found)
        guard code == 0, let found else { throw failure(address, String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(found) }
        let socket = Glibc.socket(found.pointee.ai_family, found.pointee.ai_socktype, 0)
        guard socket >= 0 else { throw failure(address, String(cString: strerror(errno))) }
        defer { close(socket) }
        var bound = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isBound = withUnsafeMutablePointer(to: &bound) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(socket, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0
                    && getsockname(socket, name, &length) == 0
            }
        }
        guard isBound else { throw failure(address, String(cString: strerror(errno))) }
        // The port stands at the same place in addresses of both families.
        let port = withUnsafeBytes(of: &bound) { $0.load(fromByteOffset: 2, as: UInt16.self) }
        return Int(UInt16(bigEndian: port))
    }

    private static func failure(_ address: String, _ reason: String) -> CommandFailure {
        CommandFailure(
            "cannot listen on \(address): \(reason)",
            hint: "see --listen in pluginhost serve --help"
        )
    }
}
