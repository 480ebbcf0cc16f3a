import JSONSchema
import PluginProtocol

extension Manifest {
    /// Sees to it that the schemas which a plugin brings can be used: valid, and referring to nothing outside themselves.
    ///
    /// Nothing is ever fetched, so that a schema cannot reach into the network.
    ///
    /// - Throws: ``HostError`` of code `schema-violation`.
    func checkSchemas() throws(HostError) {
        for (index, action) in actions.enumerated() {
            guard let schema = action.parameters else { continue }
            do {
                _ = try Schema(compiling: schema)
            } catch {
                var failure = HostError(
                    .schemaViolation,
                    "The parameters of the action \"\(action.name)\" are not a JSON Schema 2020-12: \(error)"
                )
                failure.pointer = JSONPointer(tokens: ["manifest", "actions", String(index), "parameters"])
                failure.rule = error.code.description
                throw failure
            }
        }
    }
}
