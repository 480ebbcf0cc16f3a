/// A URL as the loop uses it, kept from one request to the next.
///
/// Not `Sendable`: the transfer thread's.
final class Target {
    let url: WebURL

    /// What libcurl is given.
    let text: String

    /// The vetted addresses of the name, and of which answer they are.
    var vetted: (generation: Int, addresses: [IPAddress])?

    init(_ url: WebURL) {
        self.url = url
        text = url.description
    }

    /// The name to look up, or nil for a literal address.
    var name: String? {
        if case .name(let name) = url.host { name } else { nil }
    }

    /// Whether libcurl may read the host by itself.
    var isLiteral: Bool { name == nil }

    /// The entry for libcurl's name cache; it never expires there, so it is given again only when the answer changes.
    func pin(_ addresses: [IPAddress]) -> String {
        let list = addresses.map { $0.family == .v6 ? "[\($0)]" : "\($0)" }.joined(separator: ",")
        return "\(url.host):\(url.port):\(list)"
    }
}
