import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

struct DocumentSelectionTests {
    let json: JSON
    let document: Document

    init() throws {
        let stamps: JSONObject = [
            "createdBy": ["type": "user", "id": "usr_1"], "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedBy": ["type": "user", "id": "usr_1"], "updatedAt": "2026-01-01T00:00:00.000Z",
        ]
        func stamped(_ members: JSONObject) -> JSON {
            var members = members
            for (key, value) in stamps { members[key] = value }
            return .object(members)
        }
        let inner = stamped([
            "id": .string("\(BlockID(high: 0, low: 2))"), "type": "item", "text": "inner", "properties": ["n": 2],
            "children": [], "annotations": [], "comments": [],
        ])
        let outer = stamped([
            "id": .string("\(BlockID(high: 0, low: 1))"), "type": "list", "text": "outer",
            "properties": ["b": [["x": 1, "y": 2], 3], "a": 1], "children": [inner], "annotations": [], "comments": [],
        ])
        json = stamped([
            "id": .string("\(DocumentID(high: 0, low: 1))"), "type": "note", "title": "T", "revision": 3,
            "properties": ["z": 1, "deep": ["k": [1], "l": 2]], "tags": ["t"],
            "participants": [["type": "user", "id": "usr_1"]], "blocks": [outer], "comments": [],
        ])
        document = try Document(json: json)
    }

    @Test func withoutReadsAllIsSelected() throws {
        #expect(try selected(nil) == json)
        #expect(document.serialized(reads: nil) == document.serialized())
        #expect(document.serialized(reads: [.root]) == document.serialized())
    }

    @Test func idTypeAndRevisionAreAlwaysThere() throws {
        #expect(try selected([]) == ["id": json["id"] ?? .null, "type": "note", "revision": 3])
    }

    @Test func membersAreSelectedWhole() throws {
        let part = try selected(["/title", "/tags", "/participants", "/comments", "/updatedAt", "/createdBy"])
        #expect(
            part.objectValue?.keys
                == ["id", "type", "title", "revision", "tags", "participants", "comments", "createdBy", "updatedAt"]
        )
        #expect(try selected(["/blocks"])["blocks"] == json["blocks"])
    }

    @Test func pointersBelowBlocksAreAboutBlocksAtAnyDepth() throws {
        for pointer in ["/blocks/text", "/blocks/children/text"] {
            let block = try #require(try selected([pointer])["blocks"]?[0])
            #expect(block.objectValue?.keys == ["id", "type", "text", "children"])
            #expect(block["children"]?[0]?["text"] == "inner")
            #expect(block["children"]?[0]?["properties"] == nil)
        }
    }

    @Test func pointersLeadIntoPropertiesAndThroughArrays() throws {
        #expect(try selected(["/properties/deep/k"])["properties"] == ["deep": ["k": [1]]])
        #expect(try selected(["/properties/none"])["properties"] == [:])
        let block = try #require(try selected(["/blocks/properties/b/x"])["blocks"]?[0])
        #expect(block["properties"] == ["b": [["x": 1], nil]])
        #expect(block["children"]?[0]?["properties"] == [:])
    }

    @Test func overlappingPointersAreTheirUnion() throws {
        #expect(try selected(["/blocks/text", "/blocks"])["blocks"] == json["blocks"])
        #expect(try selected(["/properties", "/properties/z"])["properties"] == json["properties"])
    }

    private func selected(_ reads: [String]?) throws -> JSON {
        try JSON(parsing: document.serialized(reads: reads?.map { try JSONPointer(parsing: $0) }))
    }
}
