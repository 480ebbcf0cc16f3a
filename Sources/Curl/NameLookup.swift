internal import CCurl
internal import Glibc

/// How a name is turned into addresses.
///
/// `Sendable`. The function may block: it runs on threads of its own.
public struct NameLookup: Sendable {
    /// The answer, or a text that says why there is none.
    public enum Answer: Sendable, Hashable {
        /// All addresses of the name; none: the name has no address.
        case addresses([IPAddress])

        /// Why there is no answer.
        case failure(String)
    }

    let find: @Sendable (_ name: String) -> Answer

    /// A lookup by a function of one's own, such as a table in a test.
    ///
    /// - Parameter find: may block, for as long as it likes; called from several threads at once.
    public init(_ find: @escaping @Sendable (_ name: String) -> Answer) {
        self.find = find
    }

    /// The system's: hosts file, then DNS, as the machine is set up.
    public static let system = NameLookup { name in
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        // One answer an address instead of one for each kind of socket.
        hints.ai_socktype = 1
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else { return .failure(String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let address = current.pointee.ai_addr.flatMap({ IPAddress($0) }) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return .addresses(addresses)
    }
}
