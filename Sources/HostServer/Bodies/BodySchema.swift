import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol

/// A schema of `protocol/schemas` that a request's body must satisfy.
///
/// `Sendable`; made once at start.
struct BodySchema: Sendable {
    /// The schema's name, such as `change`.
    let name: String
    private let schema: Schema

    /// Looks up an embedded schema.
    ///
    /// - Throws: ``HostError`` of code `internal-error` if it is not embedded.
    init(named name: String) throws {
        guard let source = ProtocolSchemas.resources["\(ProtocolSchemas.base)\(name).json"] else {
            throw HostError(.internalError, "The schema \"\(name)\" is not embedded.")
        }
        self.name = name
        do {
            schema = try Schema(compiling: source, resources: ProtocolSchemas.resources)
        } catch {
            throw HostError(.internalError, "The schema \"\(name)\" cannot be compiled: \(error)")
        }
    }

    /// Reads a body: strict JSON that satisfies the schema.
    ///
    /// - Throws: ``HostError`` of code `invalid-json`, `invalid-encoding`, `schema-violation` or `unknown-command`.
    func read(_ bytes: [UInt8], limits: Limits) throws -> JSON {
        let json = try BodyReader.parse(bytes, limits: limits)
        if !schema.isValid(json) { throw refusal(of: json) }
        return json
    }

    private func refusal(of json: JSON) -> HostError {
        // The name of a command decides which rules hold for the rest, so a wrong one goes before all other breaches.
        for (index, command) in (json["commands"]?.arrayValue ?? []).enumerated() {
            do {
                _ = try Command(json: command, index: index)
            } catch {
                if error.kind == .unknownCommand { return HostError(error) }
            }
        }
        let violations = schema.violations(in: json, limit: 20)
        var message = "The body does not satisfy the schema \"\(name)\""
        if let first = violations.first {
            let place = first.instance.description
            message += place.isEmpty ? ": \(first.message)" : ": \(place): \(first.message)"
        }
        var error = HostError(.schemaViolation, message + ".", hint: violations.first?.hint)
        error.violations = violations
        error.pointer = violations.first?.instance
        return error
    }
}
