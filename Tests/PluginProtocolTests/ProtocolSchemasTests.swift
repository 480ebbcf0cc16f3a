import JSONSchema
import PluginProtocol
import Testing

struct ProtocolSchemasTests {
    @Test func everyFileOfTheFolderIsEmbeddedByteForByte() throws {
        #expect(ProtocolSchemas.names == ProtocolFolder.names("schemas"))
        for name in ProtocolSchemas.names {
            #expect(ProtocolSchemas.bytes(named: name) == (try ProtocolFolder.bytes("schemas/\(name).json")), "\(name)")
        }
        #expect(ProtocolSchemas.bytes(named: "no-such-schema") == nil)
    }

    @Test func everySchemaIsNamedByItsIdentifier() {
        #expect(ProtocolSchemas.resources.count == ProtocolSchemas.names.count)
        for (id, schema) in ProtocolSchemas.resources { #expect(schema["$id"] == .string(id)) }
    }
}
