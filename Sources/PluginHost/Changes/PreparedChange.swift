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

    init(_ candidate: Candidate) { self.init(candidate, DocumentSnapshot(candidate.document)) }

    /// `snapshot` is the candidate's document.
    init(_ candidate: Candidate, _ snapshot: DocumentSnapshot) {
        self.candidate = candidate
        self.snapshot = snapshot
        payloads = candidate.mutations.map { mutation in
            var writer = JSONWriter(reserving: 512)
            mutation.write(into: &writer)
            return writer.bytes
        }
    }

    /// The change for this latest revision (nil for none): as it was prepared, if that was for this one, else made anew.
    init<Failure>(
        _ prepared: PreparedChange?,
        for head: DocumentSnapshot?,
        else make: () throws(Failure) -> Candidate
    ) throws(Failure) {
        if let prepared, prepared.candidate.base == head?.document.revision ?? 0 {
            self = prepared
        } else {
            self.init(try make())
        }
    }
}
