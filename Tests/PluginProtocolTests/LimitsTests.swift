import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

struct LimitsTests {
    @Test func publishedLimitsAreThoseOfTheSchemaWithItsDefaults() throws {
        let properties = try #require(try ProtocolFolder.json("schemas/limits.json")["properties"]?.objectValue)
        var writer = JSONWriter()
        Limits.default.write(into: &writer)
        let published = try #require(try JSON(parsing: writer.bytes).objectValue)
        #expect(published.keys.sorted() == properties.keys.sorted())
        for (name, property) in properties { #expect(published[name] == property["default"], "\(name)") }
    }

    @Test func otherModulesLimitsDeriveFromThese() {
        var limits = Limits()
        limits.stringBytes = 7
        limits.jsonDepth = 5
        limits.answerBytes = 99
        limits.documentBlocks = 3
        #expect(limits.answerJSON.stringBytes == 7)
        #expect(limits.answerJSON.depth == 5)
        #expect(limits.answerJSON.sizeBytes == 99)
        #expect(limits.document.stringBytes == 7)
        #expect(limits.document.blocks == 3)
        #expect(Limits.default.document == DocumentLimits.default)
    }

    @Test func schemasDoNotContradictTheLimits() throws {
        let limits = Limits.default
        let response = try ProtocolFolder.json("schemas/response.json")
        #expect(response["properties"]?["commands"]?["maxItems"]?.intValue == limits.commandsPerAnswer)
        let change = try ProtocolFolder.json("schemas/change.json")
        #expect(change["properties"]?["commands"]?["maxItems"]?.intValue == limits.commandsPerAnswer)
        let manifest = try ProtocolFolder.json("schemas/manifest.json")
        #expect(manifest["properties"]?["subscriptions"]?["maxItems"]?.intValue == limits.subscriptionsPerManifest)
        let common = try ProtocolFolder.json("schemas/common.json")
        #expect(common["$defs"]?["text"]?["maxLength"]?.intValue == limits.stringBytes)
    }
}
