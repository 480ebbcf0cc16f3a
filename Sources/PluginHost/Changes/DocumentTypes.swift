import DocumentModel
import JSONSchema
import NIOConcurrencyHelpers
import PluginProtocol

/// The document types that have a schema, compiled.
///
/// `Sendable`.
final class DocumentTypes: Sendable {
    private struct Entry {
        var type: DocumentType
        var schema: Schema
    }

    private let entries = NIOLockedValueBox<[String: Entry]>([:])

    /// All types, by name.
    var all: [DocumentType] {
        entries.withLockedValue { $0.values.map(\.type).sorted { $0.name < $1.name } }
    }

    /// Compiles a type's schema.
    ///
    /// - Throws: ``HostError`` of code `schema-violation` when it is not a JSON Schema.
    static func compile(_ type: DocumentType) throws(HostError) -> Schema {
        do {
            return try Schema(compiling: type.schema)
        } catch {
            throw HostError(
                .schemaViolation,
                "The schema of document type \"\(type.name)\" is not a JSON Schema 2020-12: \(error)"
            )
        }
    }

    /// Adds a type or replaces its schema.
    func put(_ type: DocumentType, _ schema: Schema) {
        entries.withLockedValue { $0[type.name] = Entry(type: type, schema: schema) }
    }

    /// What of a document breaks its type's schema; empty if nothing does or the type has none.
    func violations(in snapshot: DocumentSnapshot, limits: Limits) -> [SchemaViolation] {
        let entry = entries.withLockedValue { $0[snapshot.document.type] }
        guard let entry else { return [] }
        // Our own bytes, so only the depth can be over the limit for foreign input: the values' own depth comes on top of the tree's.
        guard let json = try? JSON(parsing: snapshot.bytes, limits: Self.ownBytes) else { return [] }
        return entry.schema.violations(in: json, limit: 20)
    }

    private static let ownBytes = JSONLimits(
        depth: 512,
        sizeBytes: .max,
        stringBytes: .max,
        numberBytes: .max
    )
}

extension HostError {
    /// The document would break the schema of its type.
    static func documentTypeViolated(_ type: String, _ violations: [SchemaViolation]) -> HostError {
        var error = HostError(
            .documentTypeViolated,
            "The document would no longer satisfy the schema of its type \"\(type)\""
                + (violations.first.map { ": \($0.instance): \($0.message)" } ?? "")
        )
        error.violations = violations
        return error
    }
}

extension Refusal {
    /// The document would break the schema of its type by a plugin's commands.
    static func documentTypeViolated(_ type: String, _ violations: [SchemaViolation]) -> Refusal {
        let first = violations.first
        return Refusal(
            .documentTypeViolated,
            "the document would no longer satisfy the schema of its type \"\(type)\""
                + (first.map { ": \($0.instance): \($0.message)" } ?? ""),
            pointer: first?.instance,
            rule: first?.keyword,
            limit: first?.limit,
            actual: first?.actual
        )
    }
}
