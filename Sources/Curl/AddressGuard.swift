/// Decides which addresses may be connected to, so that a URL given by a stranger cannot reach inside.
///
/// `Sendable`. It is asked three times: when a URL is registered (``check(url:)``), for the answer of a name
/// (``vet(_:for:)``), and by the transfer thread for the very address of each socket before it connects, so a name that
/// changes its answer in between (DNS rebinding) gains nothing. In order: refused endpoints, the deny list, the allow
/// list, then what is not public.
///
/// Source: the IANA special-purpose address registries (RFC 6890 and later); WHATWG Fetch, "bad port".
public struct AddressGuard: Sendable {
    /// An address and a port.
    public struct Endpoint: Sendable, Hashable {
        /// The address.
        public var address: IPAddress

        /// The port.
        public var port: UInt16

        /// Names an endpoint.
        public init(address: IPAddress, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// How many of a name's addresses are tried: a name with many dead ones must not eat the whole time.
    public static let addressesTried = 4

    /// Ranges that may be connected to although they are not public.
    public let allow: [CIDR]

    /// Ranges that may never be connected to, also where ``allow`` has them.
    public let deny: [CIDR]

    /// Ports that speak other protocols.
    public let refusedPorts: Set<UInt16>

    /// Where this server itself listens: connecting there would be a loop.
    public let refusedEndpoints: Set<Endpoint>

    /// Whether 64:ff9b::/96 is judged by the IPv4 address inside, for a site whose way to IPv4 is NAT64.
    public let allowsNAT64: Bool

    /// Describes a guard; with no arguments it lets through public addresses only.
    ///
    /// - Parameters:
    ///   - allow: ranges allowed although not public.
    ///   - deny: ranges always refused.
    ///   - refusedPorts: ports always refused.
    ///   - refusedEndpoints: where this server listens.
    ///   - allowsNAT64: judges 64:ff9b::/96 by the address inside.
    public init(
        allow: [CIDR] = [],
        deny: [CIDR] = [],
        refusedPorts: Set<UInt16> = AddressGuard.portsOfOtherProtocols,
        refusedEndpoints: Set<Endpoint> = [],
        allowsNAT64: Bool = false
    ) {
        self.allow = allow
        self.deny = deny
        self.refusedPorts = refusedPorts
        self.refusedEndpoints = refusedEndpoints
        self.allowsNAT64 = allowsNAT64
    }

    /// Why a connection is refused, or nil if it may be made.
    public func refusal(of address: IPAddress, port: UInt16) -> String? {
        if refusedPorts.contains(port) { return "port \(port) belongs to another protocol" }
        if refusedEndpoints.contains(Endpoint(address: address, port: port)) {
            return "\(address) port \(port) is this server itself"
        }
        if let range = deny.first(where: { $0.contains(address) }) {
            return "\(address) is in the denied range \(range)"
        }
        if allow.contains(where: { $0.contains(address) }) { return nil }
        if allowsNAT64, Self.nat64.contains(address) {
            let inner = IPAddress(v4: UInt32(truncatingIfNeeded: address.low))
            return refusal(of: inner, port: port).map { "\(address) leads to an IPv4 address: \($0)" }
        }
        return Self.reasonNotPublic(address).map { "\(address) is not public: \($0)" }
    }

    /// Reads a URL and refuses it early if it can be seen that it will be refused later.
    ///
    /// A literal address is judged; a name is judged by its form only (names of the local network are refused unless
    /// the allow list is in use), so its addresses are still to be looked at: ``HTTPClient/check(url:)`` does both.
    ///
    /// - Returns: the URL as it will be used.
    /// - Throws: ``CurlError`` with the code ``CurlError/Code/badURL`` or ``CurlError/Code/addressRefused``.
    @discardableResult
    public func check(url text: String) throws(CurlError) -> WebURL {
        let url = try WebURL(parsing: text)
        try check(url)
        return url
    }

    /// The same for a URL that was read already.
    public func check(_ url: WebURL) throws(CurlError) {
        switch url.host {
        case .address(let address):
            if let reason = refusal(of: address, port: url.port) { throw refused(url, reason) }
        case .name(let name):
            if refusedPorts.contains(url.port) {
                throw refused(url, "port \(url.port) belongs to another protocol")
            }
            if allow.isEmpty, let reason = Self.reasonNameIsLocal(name) { throw refused(url, reason) }
        }
    }

    /// Chooses the addresses to connect to from the answer of a name.
    ///
    /// One refused address refuses the name, since a stranger who mixes good and bad addresses in an answer is trying
    /// something. There is one exception: where every other address is on the allow list, the operator meant this name
    /// (`localhost` is 127.0.0.1 and ::1), and only the allowed ones are used.
    ///
    /// - Returns: at most ``addressesTried`` addresses, of both versions of IP if there are both.
    /// - Throws: ``CurlError`` with the code ``CurlError/Code/addressRefused`` or, for an empty answer,
    ///   ``CurlError/Code/dns``.
    public func vet(_ answer: [IPAddress], for url: WebURL) throws(CurlError) -> [IPAddress] {
        guard !answer.isEmpty else { throw CurlError(.dns, "\(url.host) has no address") }
        var accepted: [IPAddress] = []
        var firstReason: String?
        for address in answer {
            if let reason = refusal(of: address, port: url.port) {
                firstReason = firstReason ?? reason
            } else if !accepted.contains(address) {
                accepted.append(address)
            }
        }
        let allAllowed = accepted.allSatisfy { address in allow.contains { $0.contains(address) } }
        if let firstReason, accepted.isEmpty || !allAllowed { throw refused(url, firstReason) }
        if case .name(let name) = url.host, !allAllowed, let reason = Self.reasonNameIsLocal(name) {
            throw refused(url, reason)
        }
        let chosen = Array(accepted.prefix(Self.addressesTried))
        guard accepted.count > chosen.count, let family = chosen.first?.family,
            chosen.allSatisfy({ $0.family == family }), let other = accepted.first(where: { $0.family != family })
        else { return chosen }
        return chosen.dropLast() + [other]
    }

    private func refused(_ url: WebURL, _ reason: String) -> CurlError { refused(url.origin, reason) }

    func refused(_ origin: String, _ reason: String) -> CurlError {
        CurlError(
            .addressRefused,
            "\(origin) is refused: \(reason)",
            hint: "an operator can allow a range of addresses that are not public"
        )
    }
}
