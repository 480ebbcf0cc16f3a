import DocumentModel
import JSONSchema
import PluginProtocol
import TestSupport
import Testing

@testable import PluginHost

@Suite(.timeLimit(.minutes(1)))
struct DeclaredWritesTests {
    private static let block: JSON = ["block": "blk_01kb5q8x3zv7m4n9c2r6t8w001"]

    /// What each command touches: the smallest declaration that permits it, and one beside it that does not.
    @Test(
        arguments: [
            (["op": "document.setTitle", "title": "x"], "/title", "/tags", "/commands/0/op"),
            (["op": "document.delete"], "", "/blocks", "/commands/0/op"),
            (
                ["op": "property.set", "pointer": "/a/b", "value": 1], "/properties/a", "/properties/b",
                "/commands/0/pointer"
            ),
            (
                ["op": "property.remove", "pointer": "/a", "target": block], "/blocks/properties/a", "/properties",
                "/commands/0/pointer"
            ),
            (["op": "block.insert", "block": ["type": "paragraph"]], "/blocks", "/blocks/text", "/commands/0/op"),
            (
                ["op": "block.update", "target": block, "properties": ["a": 1]], "/blocks/properties/a",
                "/blocks/properties/b", "/commands/0/properties/a"
            ),
            (
                ["op": "block.update", "target": block, "type": "quote"], "/blocks/type", "/blocks/text",
                "/commands/0/type"
            ),
            (
                ["op": "text.insert", "target": block, "start": 0, "text": "x"], "/blocks/children/text",
                "/blocks/annotations", "/commands/0/op"
            ),
            (
                ["op": "annotation.remove", "target": block, "name": "n"], "/blocks/annotations", "/blocks/text",
                "/commands/0/op"
            ),
            (["op": "comment.add", "text": "x"], "/comments", "/blocks/comments", "/commands/0/op"),
            (["op": "comment.add", "text": "x", "target": block], "/blocks/comments", "/comments", "/commands/0/op"),
            (["op": "tag.add", "tag": "x"], "/tags", "/title", "/commands/0/op"),
            (
                [
                    "op": "document.patch",
                    "patch": [["op": "replace", "path": "/blocks/0/children/12/text", "value": "x"]],
                ], "/blocks/text", "/blocks/type", "/commands/0/patch/0/path"
            ),
            (
                ["op": "document.patch", "patch": [["op": "move", "from": "/blocks/0", "path": "/blocks/-"]]],
                "/blocks",
                "/blocks/text", "/commands/0/patch/0/from"
            ),
            (
                ["op": "document.patch", "patch": [["op": "add", "path": "/properties/a/0", "value": 1]]],
                "/properties/a", "/properties/b", "/commands/0/patch/0/path"
            ),
            (
                ["op": "document.patch", "patch": [["op": "replace", "path": "/tags/3", "value": "x"]]], "/tags",
                "/title", "/commands/0/patch/0/path"
            ),
        ] as [(JSON, String, String, String)]
    )
    func commandNeedsADeclarationOfWhatItTouches(json: JSON, permits: String, forbids: String, pointer: String) throws {
        let plugin = try Plugin(
            id: PluginID(high: 1, low: 1),
            url: PluginURL(parsing: "http://a.test/"),
            name: "a",
            manifest: Manifest(json: ["protocol": ["1.0"], "name": "a"]),
            scopes: [],
            secrets: SigningSecrets([]),
            createdAt: .now(),
            updatedAt: .now()
        )
        let command = try Command(json: json, index: 0)
        func refusal(_ writes: [String]) throws -> Refusal? {
            try DeclaredWrites(writes.map { try JSONPointer(parsing: $0) }).refusal(of: [command], plugin: plugin)
        }
        #expect(try refusal([permits]) == nil)
        #expect(try refusal([forbids, permits]) == nil)
        #expect(try refusal([""]) == nil)
        for writes in [[forbids], []] {
            let found = try #require(try refusal(writes))
            #expect(found.kind == .notGranted)
            #expect(found.rule == "writes")
            #expect(found.commandIndex == 0)
            #expect(found.pointer?.description == pointer)
            #expect(found.limit == .array(writes.map { .string($0) }))
        }
    }

    @Test(arguments: [Phase.before, .after])
    func answerThatTouchesMoreThanDeclaredIsRefusedWhole(phase: Phase) async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("tagger", phase: phase, extra: ["writes": ["/tags"]]) { _ in
                .json(
                    #"""
                    {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "mine"},
                     {"op": "block.insert", "block": {"type": "paragraph"}}]}
                    """#
                )
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.tags.isEmpty)
            let record = try #require(result.exchanges.first)
            #expect(record.outcome == .refused)
            #expect(record.refusal?.kind == .notGranted)
            #expect(record.refusal?.commandIndex == 1)
            #expect(record.refusal?.actual == "/blocks")
        }
    }
}
