import NIOConcurrencyHelpers

/// Lets one at a time work on a thing, and turns others away at once.
///
/// What is read of a thing before its decision, and written by it, cannot be interleaved so: the process has the database
/// to itself. `Sendable`.
final class InFlight<ID: Hashable & Sendable>: Sendable {
    private let ids = NIOLockedValueBox<Set<ID>>([])

    /// Runs the body unless someone works on the thing already.
    ///
    /// - Throws: what the body throws, and ``HostError`` of code `request-in-flight`.
    func alone<Value>(_ id: ID, _ body: () async throws -> Value) async throws -> Value {
        guard ids.withLockedValue({ $0.insert(id).inserted }) else {
            throw HostError(.requestInFlight, "Another request about \(id) is under way", hint: "repeat it in a second")
        }
        defer { ids.withLockedValue { _ = $0.remove(id) } }
        return try await body()
    }
}
