import DocumentModel
import JSONSchema

/// A candidate with all that takes time made of it already: its document serialised, its mutations encoded.
///
/// The writer is the one thread that all changes go through. So changes are prepared outside of it, on the latest revision
/// that is known there, and the writer only looks whether the document still is at that revision; where it is not, the
/// writer makes the change anew. `Sendable`.
struct PreparedChange: Sendable {
    let candidate: Candidate
    /// The candidate's document.
    let snapshot: DocumentSnapshot
    /// The candidate's mutations as JSON, in order.
    let payloads: [[UInt8]]

    init(_ candidate: Candidate) {
        self.candidate = candidate
        snapshot = DocumentSnapshot(candidate.document)
        payloads = candidate.mutations.map { mutation in
            var writer = JSONWriter(reserving: 512)
            mutation.write(into: &writer)
            return writer.bytes
        }
    }

    /// Whether the change was made for this latest revision (nil for none).
    func isMade(for head: DocumentSnapshot?) -> Bool { candidate.base == head?.document.revision ?? 0 }
}
