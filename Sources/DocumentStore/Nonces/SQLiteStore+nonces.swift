internal import PluginHost
public import RequestProof

extension SQLiteStore: ReplayGuard {
    /// Spends a nonce, see ``ReplayGuard/spend(_:now:)``.
    ///
    /// Durable as a change is, and shares a commit with whatever else waits. At most ``StoreOptions/nonceLimit`` are
    /// remembered; expired ones are forgotten in small steps as new ones come.
    ///
    /// Throws ``HostError`` of code `overloaded` when there is no room for another or too many writes wait already,
    /// `store-unavailable` when the disk fails, `shutting-down` after ``close()``.
    public func spend(_ nonce: SpentNonce, now: Int64) async throws -> Bool {
        let limit = nonceLimit
        let outcome = try await withCheckedThrowingContinuation { continuation in
            enqueue(Housekeeping(continuation: continuation) { try $0.spend(nonce, now: now, limit: limit) })
        }
        switch outcome {
        case .fresh: return true
        case .used: return false
        case .full:
            throw HostError(
                .overloaded,
                "the host remembers \(limit) requests of the last 16 minutes, which is its limit",
                hint: "try again in a moment"
            )
        }
    }
}

extension WriterSession {
    fileprivate func spend(_ nonce: SpentNonce, now: Int64, limit: Int) throws -> NonceMemory.Outcome {
        try begin()
        let nonces = try nonces ?? NonceMemory(database)
        self.nonces = nonces
        return try nonces.spend(nonce, now: now, limit: limit)
    }
}
