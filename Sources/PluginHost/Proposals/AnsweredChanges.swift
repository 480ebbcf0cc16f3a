import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// Applies commands that a plugin made on an earlier revision to the latest one.
///
/// For what comes outside of an exchange: late answers, and proposals that a person accepts. `Sendable`.
struct AnsweredChanges: Sendable {
    /// What became of the commands.
    enum Outcome: Sendable {
        /// So many changed something, and made this revision; nil if none did.
        case applied(mutations: Int, revision: Int?)
        /// None was applied.
        case refused(Refusal)
    }

    /// The document is at another revision than the commands fit.
    private struct Moved: Error {
        var revision: Int
    }

    /// How often commands are moved forward before they are given up as a conflict.
    private static let movesLimit = 8

    let store: any HostStore
    let planner: CommitPlanner
    let types: DocumentTypes
    /// Begins the reactions to a change.
    let begin: @Sendable ([Reaction]) -> Void

    /// Moves the commands forward, applies them, and writes in the same transaction what follows from that.
    ///
    /// - Parameters:
    ///   - change: made on the revision `base`.
    ///   - base: nil if there was no document any more.
    ///   - mayApply: looks, on the writer, whether the commands may be applied at all.
    ///   - conclude: adds what is written with the outcome; runs on the writer, with the head that was found.
    /// - Returns: what `conclude` returned, once durable.
    /// - Throws: what the store says.
    func settle<Value: Sendable>(
        _ change: CommitPlanner.AnsweredChange,
        on base: Int?,
        mayApply: @escaping @Sendable ([Command]) -> Refusal?,
        conclude: @escaping @Sendable (Outcome, DocumentSnapshot?, inout CommitPlanner.Plan) -> Value
    ) async throws -> Value {
        var change = change
        var base = base
        var latest = try await store.document(change.document)?.document.revision
        for _ in 0...Self.movesLimit {
            if let revision = latest, let from = base, from != revision {
                do {
                    try await move(&change, from: from, to: revision)
                } catch let refusal as Refusal {
                    return try await write(change.document) { head, plan in
                        conclude(.refused(refusal), head, &plan)
                    }
                }
                base = revision
            }
            do {
                return try await write(change.document) { [change, base] head, plan in
                    if let head, head.document.revision != base { throw Moved(revision: head.document.revision) }
                    if let refusal = mayApply(change.commands) { return conclude(.refused(refusal), head, &plan) }
                    switch planner.apply(change, nil, on: head, types: types, plan: &plan) {
                    case .success(let count):
                        let revision = plan.writes.head?.document.revision
                        return conclude(.applied(mutations: count, revision: revision), head, &plan)
                    case .failure(let refusal):
                        return conclude(.refused(refusal), head, &plan)
                    }
                }
            } catch let moved as Moved {
                latest = moved.revision
            }
        }
        return try await write(change.document) { head, plan in
            conclude(.refused(.movedTooOften(Self.movesLimit)), head, &plan)
        }
    }

    /// Looks what the commands would come to on the latest revision; nothing is written.
    func attempt(_ change: CommitPlanner.AnsweredChange, on base: Int?) async throws -> Refusal? {
        guard let head = try await store.document(change.document) else {
            return .documentGone
        }
        var change = change
        do {
            if let base, base != head.document.revision {
                try await move(&change, from: base, to: head.document.revision)
            }
        } catch let refusal as Refusal {
            return refusal
        }
        return planner.refusal(of: change, on: head, types: types)
    }

    /// Runs a decision on the writer, and begins the reactions to what it did.
    func write<Value: Sendable>(
        _ document: DocumentID?,
        _ decide: @escaping @Sendable (DocumentSnapshot?, inout CommitPlanner.Plan) throws -> Value
    ) async throws -> Value {
        let box = NIOLockedValueBox<Value?>(nil)
        let plan = try await planner.write(store, document: document) { head, plan in
            let value = try decide(head, &plan)
            box.withLockedValue { $0 = value }
        }
        begin(plan.reactions)
        guard let value = box.withLockedValue({ $0 }) else {
            throw HostError(.internalError, "The store did not run the decision")
        }
        return value
    }

    /// - Throws: ``Refusal``, or what the store says.
    private func move(
        _ change: inout CommitPlanner.AnsweredChange,
        from: Int,
        to revision: Int
    ) async throws {
        do {
            let later = try await store.mutations(of: change.document, after: from, through: revision)
            change.commands = try DocumentModel.move(change.commands, through: later)
        } catch let error as CommandError {
            throw Refusal(error, op: change.op(at: error.commandIndex))
        } catch let error as HostError where error.code == .conflict {
            throw Refusal(.conflict, error.message)
        }
    }
}
