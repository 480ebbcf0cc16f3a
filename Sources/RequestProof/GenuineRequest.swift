/// A request whose signature holds and whose time is right, but which may be a copy of one that was taken already.
///
/// Who made it shows only once its nonce is spent. `Sendable`.
public struct GenuineRequest: Sendable {
    let caller: ProvenCaller
    /// What speaks against the caller although the request is genuine; told only after the nonce is spent.
    let objection: ProofRefusal?
    let now: Int64

    /// How the request said who made it.
    public var carrier: Carrier { caller.carrier }

    /// Spends the nonce, and says who made the request.
    ///
    /// The nonce is spent also if the caller is then refused.
    ///
    /// - Parameter replayGuard: remembers nonces.
    /// - Returns: the caller.
    /// - Throws: ``ProofRefusal`` of code `nonce-used`, `carrier-not-allowed`, `user-mismatch` or `user-not-granted`;
    ///   and what the guard throws.
    public func admitted(by replayGuard: some ReplayGuard) async throws -> ProvenCaller {
        let nonce = SpentNonce(caller.nonce, client: caller.client, timestamp: caller.timestamp)
        guard try await replayGuard.spend(nonce, now: now) else {
            throw ProofRefusal(
                .nonceUsed,
                "the client has sent a request with this nonce before; each needs a new one",
                challenge: carrier.challenge
            )
        }
        if let objection { throw objection }
        return caller
    }
}
