internal import Crypto

/// Remembers the nonces that were spent, so that no request is taken twice.
public protocol ReplayGuard: Sendable {
    /// Spends a nonce, durably.
    ///
    /// Called once the signature holds, never before: outsiders must not spend a client's nonces. Of any number of
    /// calls with equal digests, however they overlap, one at most returns true until ``SpentNonce/expires``.
    ///
    /// - Parameters:
    ///   - nonce: what is spent.
    ///   - now: the time that the request was judged by, in seconds since 1970.
    /// - Returns: whether the nonce is fresh; false also if that can no longer be told, since what was remembered of
    ///   its time was forgotten before the clock was set back.
    /// - Throws: if nothing could be remembered; the request must be refused then.
    func spend(_ nonce: SpentNonce, now: Int64) async throws -> Bool
}

/// A nonce as it is remembered.
///
/// `Sendable`.
public struct SpentNonce: Sendable, Hashable {
    /// SHA-256 of the client's id, a zero byte and the nonce: 32 bytes.
    ///
    /// Equal only for equal nonces of one client. A nonce has no zero byte, so nothing else has this digest.
    public let digest: [UInt8]
    /// The second since 1970 from which it may be forgotten.
    public let expires: Int64

    /// Describes a nonce.
    ///
    /// - Parameters:
    ///   - nonce: as the request carried it.
    ///   - client: the id of the client.
    ///   - timestamp: when the request was made, in seconds since 1970.
    public init(_ nonce: String, client: String, timestamp: Int64) {
        var hash = SHA256()
        hash.update(data: Array(client.utf8))
        hash.update(data: [0])
        hash.update(data: Array(nonce.utf8))
        digest = Array(hash.finalize())
        expires = timestamp + ProofWindow.memory
    }
}
