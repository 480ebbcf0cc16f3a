internal import CCurl
internal import Glibc

extension AddressGuard {
    /// Where a server can be reached that listens on an address: for a wildcard on every address of this machine.
    ///
    /// For ``refusedEndpoints``. A name is looked up as the system does, so this may block.
    ///
    /// - Parameters:
    ///   - address: what the server listens on, as in `127.0.0.1`, `::` or `localhost`.
    ///   - port: its port; 0 (any free one) gives nothing.
    /// - Returns: the endpoints; none if the address means nothing.
    public static func endpoints(ofServerOn address: String, port: Int) -> Set<Endpoint> {
        guard let port = UInt16(exactly: port), port > 0 else { return [] }
        var addresses: [IPAddress] = []
        if let literal = IPAddress(parsing: address) {
            addresses = isWildcard(literal) ? ofThisMachine() : [literal]
        } else if case .addresses(let found) = NameLookup.system.find(address) {
            addresses = found
        }
        return Set(addresses.map { Endpoint(address: $0, port: port) })
    }

    private static func isWildcard(_ address: IPAddress) -> Bool {
        address.high == 0 && address.low == 0
    }

    private static func ofThisMachine() -> [IPAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let address = current.pointee.ifa_addr.flatMap({ IPAddress($0) }) { addresses.append(address) }
            entry = current.pointee.ifa_next
        }
        return addresses
    }
}
