import JSONSchema
import PluginHost
import PluginProtocol

/// The OpenAPI document: the skeleton of `web/openapi.json` with the embedded schemas put in as components.
///
/// References between schemas become references between components, so that tools that know nothing of `$id` understand them. `Sendable`.
struct OpenAPIDocument: Sendable {
    /// The document.
    let json: JSON
    /// The document as JSON text.
    let bytes: [UInt8]

    /// Puts the document together.
    ///
    /// - Throws: ``HostError`` of code `internal-error` if the skeleton or a schema cannot be read.
    init() throws {
        let skeleton = try Self.read(try WebFiles.bytes(of: "openapi.json"), "web/openapi.json")
        guard case .object(var members) = skeleton, case .object(var components)? = skeleton["components"],
            case .object(var schemas)? = components["schemas"]
        else { throw HostError(.internalError, "web/openapi.json has no components.schemas.") }
        for name in ProtocolSchemas.names.sorted() {
            guard let text = ProtocolSchemas.bytes(named: name) else { continue }
            schemas[name] = Self.component(try Self.read(text, "the schema \(name)"), named: name)
        }
        components["schemas"] = .object(schemas)
        members["components"] = .object(components)
        json = .object(members)
        bytes = json.serialized()
    }

    private static func read(_ bytes: [UInt8], _ what: String) throws -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw HostError(.internalError, "\(what) cannot be read: \(error)")
        }
    }

    /// A schema without the members that make it a document of its own, its references turned into references to components.
    private static func component(_ schema: JSON, named name: String) -> JSON {
        guard case .object(var members) = rewritten(schema, in: name) else { return schema }
        _ = members.removeValue(forKey: "$id")
        _ = members.removeValue(forKey: "$schema")
        return .object(members)
    }

    private static func rewritten(_ value: JSON, in name: String) -> JSON {
        switch value {
        case .array(let elements): return .array(elements.map { rewritten($0, in: name) })
        case .object(let members):
            var result = JSONObject()
            for (key, member) in members {
                if key == "$ref", let reference = member.stringValue {
                    result[key] = .string(componentReference(reference, in: name))
                } else {
                    result[key] = rewritten(member, in: name)
                }
            }
            return .object(result)
        default: return value
        }
    }

    /// `command.json#/$defs/target` becomes `#/components/schemas/command/$defs/target`.
    private static func componentReference(_ reference: String, in name: String) -> String {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let file = parts[0]
        let target = file.isEmpty ? Substring(name) : file.hasSuffix(".json") ? file.dropLast(5) : file
        return "#/components/schemas/\(target)\(parts.count > 1 ? parts[1] : "")"
    }
}
