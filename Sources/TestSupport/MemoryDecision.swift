import DocumentModel
import PluginHost

/// A write that a ``MemoryStore`` is to carry out.
protocol MemoryJob: AnyObject, Sendable {
    var document: DocumentID? { get }

    /// Decides.
    func carryOut(head: DocumentSnapshot?) throws -> Writes

    /// Takes back what was decided; the answer is this error unless it is another already.
    func fail(_ error: any Error)

    /// Tells whoever waits how it ended.
    func answer()
}

/// A decision of the engine.
///
/// `@unchecked`: touched by whoever holds the store's writer lock, and after that by the one who answers.
final class MemoryDecision<Value: Sendable>: MemoryJob, @unchecked Sendable {
    let document: DocumentID?
    private let decide: @Sendable (DocumentSnapshot?) throws -> (Writes, Value)
    private let undo: @Sendable (Value) -> Void
    private let continuation: CheckedContinuation<Value, any Error>
    private var result: Result<Value, any Error>?

    init(
        document: DocumentID?,
        decide: @escaping @Sendable (DocumentSnapshot?) throws -> (Writes, Value),
        undo: @escaping @Sendable (Value) -> Void,
        continuation: CheckedContinuation<Value, any Error>
    ) {
        self.document = document
        self.decide = decide
        self.undo = undo
        self.continuation = continuation
    }

    func carryOut(head: DocumentSnapshot?) throws -> Writes {
        let (writes, value) = try decide(head)
        result = .success(value)
        return writes
    }

    func fail(_ error: any Error) {
        switch result {
        case .failure: return
        case .success(let value):
            undo(value)
            result = .failure(error)
        case nil:
            result = .failure(error)
        }
    }

    func answer() {
        if let result { continuation.resume(with: result) }
    }
}
