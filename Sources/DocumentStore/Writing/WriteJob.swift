internal import DocumentModel
internal import PluginHost

/// Something for the writer to do, and someone who waits for it.
///
/// Handled by the writer's thread alone once it was queued.
protocol WriteJob: AnyObject, Sendable {
    /// Decides and writes, in the open transaction.
    func carryOut(in session: WriterSession) throws

    /// Writes the same again, without deciding anew: the transaction had to be rolled back for another job's sake.
    func repeatWrites(in session: WriterSession) throws

    /// Takes back what deciding changed outside the store: nothing of it is written. Does nothing if that was done, or nothing was decided.
    func undo()

    /// Tells whoever waits that all is durable.
    func succeed()

    /// Tells whoever waits that nothing was written.
    func fail(_ error: any Error)
}

/// A decision of the engine on the latest revision of a document.
///
/// `@unchecked`: what changes is touched by the writer's thread only, after the queue's lock has handed the job over.
final class Decision<Value: Sendable>: WriteJob, @unchecked Sendable {
    private let document: DocumentID?
    private let decide: @Sendable (DocumentSnapshot?) throws -> (Writes, Value)
    private let takeBack: @Sendable (Value) -> Void
    private let continuation: CheckedContinuation<Value, any Error>
    private var decided: (writes: Writes, value: Value)?

    init(
        document: DocumentID?,
        decide: @escaping @Sendable (DocumentSnapshot?) throws -> (Writes, Value),
        undo: @escaping @Sendable (Value) -> Void,
        continuation: CheckedContinuation<Value, any Error>
    ) {
        self.document = document
        self.decide = decide
        self.takeBack = undo
        self.continuation = continuation
    }

    func carryOut(in session: WriterSession) throws {
        let head = try document.flatMap { try session.head($0) }
        let latest = head.flatMap { $0.isDeleted ? nil : $0.snapshot }
        let (writes, value) = try decide(latest)
        decided = (writes, value)
        try session.write(writes)
    }

    func repeatWrites(in session: WriterSession) throws {
        guard let decided else { return }
        try session.write(decided.writes)
    }

    func undo() {
        guard let decided else { return }
        self.decided = nil
        takeBack(decided.value)
    }

    func succeed() {
        guard let decided else { return }
        continuation.resume(returning: decided.value)
    }

    func fail(_ error: any Error) { continuation.resume(throwing: error) }
}

/// Housekeeping of the store itself.
///
/// `@unchecked` for the same reason as ``Decision``.
final class Housekeeping<Value: Sendable>: WriteJob, @unchecked Sendable {
    private let body: @Sendable (WriterSession) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private var value: Value?

    init(
        continuation: CheckedContinuation<Value, any Error>,
        body: @escaping @Sendable (WriterSession) throws -> Value
    ) {
        self.continuation = continuation
        self.body = body
    }

    func carryOut(in session: WriterSession) throws { value = try body(session) }

    func repeatWrites(in session: WriterSession) throws { value = try body(session) }

    func undo() {}

    func succeed() {
        if let value { continuation.resume(returning: value) }
    }

    func fail(_ error: any Error) { continuation.resume(throwing: error) }
}
