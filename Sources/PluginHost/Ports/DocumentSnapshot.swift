public import DocumentModel
import JSONSchema

/// A document at one revision, together with its JSON as bytes.
///
/// The bytes are made once a revision and then shared by the store, the answer to the caller and the
/// requests to plugins, so that a document is never serialised twice. `Sendable`; immutable.
public final class DocumentSnapshot: Sendable {
    /// The document itself.
    public let document: Document

    /// The document as JSON (the shape of `protocol/schemas/document.json`), UTF-8.
    public let bytes: [UInt8]

    /// Serialises a document that just got a new revision.
    public init(_ document: Document) {
        self.document = document
        var writer = JSONWriter(reserving: 1024)
        document.write(into: &writer)
        self.bytes = writer.bytes
    }

    /// Pairs a document with the bytes it was read from.
    ///
    /// `bytes` must be what ``Document/write(into:)`` makes of `document`; that is not checked.
    public init(_ document: Document, unchecked bytes: [UInt8]) {
        self.document = document
        self.bytes = bytes
    }
}
