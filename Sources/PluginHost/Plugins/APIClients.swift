import NIOConcurrencyHelpers

/// The API's clients, in memory, by the digest of their token.
///
/// `Sendable`.
final class APIClients: Sendable {
    private let byDigest = NIOLockedValueBox<[[UInt8]: APIClient]>([:])

    var isEmpty: Bool { byDigest.withLockedValue { $0.isEmpty } }

    subscript(digest: [UInt8]) -> APIClient? { byDigest.withLockedValue { $0[digest] } }

    func load(_ clients: [APIClient]) {
        byDigest.withLockedValue { known in
            for client in clients { known[client.tokenDigest] = client }
        }
    }

    /// Adds a client; a new token of the same client replaces the old one.
    func put(_ client: APIClient) {
        byDigest.withLockedValue { known in
            known = known.filter { $0.value.id != client.id }
            known[client.tokenDigest] = client
        }
    }
}
