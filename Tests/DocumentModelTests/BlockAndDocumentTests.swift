import DocumentModel
import JSONSchema
import Testing

struct BlockAndDocumentTests {
    private func id(_ number: UInt64) -> JSON { .string(block(number).description) }

    @Test func blockGoesWhereItIsPut() throws {
        let document = try note("1", "2", "3")
        func texts(_ place: JSONObject) throws -> [String] {
            var command: JSONObject = ["op": "block.insert", "block": ["type": "p", "text": "x"]]
            for (key, value) in place { command[key] = value }
            return try document.applying(.object(command)).document.texts
        }
        #expect(try texts([:]) == ["1", "2", "3", "x"])
        #expect(try texts(["parent": nil]) == ["1", "2", "3", "x"])
        #expect(try texts(["parent": nil, "index": 0]) == ["x", "1", "2", "3"])
        #expect(try texts(["after": id(1)]) == ["1", "x", "2", "3"])
        #expect(try texts(["before": id(3)]) == ["1", "2", "x", "3"])
        let inside = try document.applying([
            "op": "block.insert", "block": ["type": "p", "text": "x"], "parent": id(2),
        ])
        #expect(inside.document.blocks[1].children.map(\.text) == ["x"])
        #expect(inside.mutations[0].pointer.description == "/blocks/1/children/0")
        #expect(inside.mutations[0].within == [block(2)])
    }

    @Test func laterCommandsSpeakOfSuppliedIds() throws {
        let change = try note("1").applying([
            ["op": "block.insert", "block": ["id": id(50), "type": "p", "text": "new"]],
            ["op": "text.insert", "target": ["block": id(50)], "start": 3, "text": "!"],
            ["op": "comment.add", "target": ["block": id(50)], "text": "hm", "id": .string(comment(5).description)],
            ["op": "comment.resolve", "comment": .string(comment(5).description)],
        ])
        #expect(change.document.texts == ["1", "new!"])
        #expect(change.document.blocks[1].comments[0].isResolved)
        #expect(change.document.revision == 2)
        #expect(
            change.mutations.flatMap(\.effects) == [
                .blockCreated(block(50)), .blockChanged(block(50)), .commentAdded(comment(5), block: block(50)),
            ]
        )
    }

    @Test func replacedBlockKeepsWhatIsIts() throws {
        let document = try note("1").applying(
            [
                ["op": "block.insert", "block": ["id": id(2), "type": "p", "text": "child"], "parent": id(1)],
                ["op": "comment.add", "target": ["block": id(2)], "text": "hm"],
            ],
            context(alice, at: 10)
        ).document
        let change = try document.applying(
            [
                "op": "block.replace", "target": ["block": id(1)],
                "block": ["type": "q", "text": "new", "children": [["id": id(2), "type": "p", "text": "kept"]]],
            ],
            context(bob, at: 20)
        )
        let block = change.document.blocks[0]
        #expect(block.id == DocumentModelTests.block(1))
        #expect(block.createdAt.millisecondsSince1970 == 1)
        #expect(block.updatedBy == bob)
        #expect(block.children[0].comments.map(\.text) == ["hm"])
        #expect(block.children[0].createdBy == alice)
    }

    @Test func commandThatChangesNothingMakesNoRevision() throws {
        let document = try note("text").applying([
            ["op": "tag.add", "tag": "t"], ["op": "property.set", "pointer": "/a", "value": ["b": 1]],
            ["op": "participant.add", "participant": ["type": "user", "id": "1", "name": "One"]],
        ]).document
        let change = try document.applying([
            ["op": "document.setTitle", "title": "Note"], ["op": "tag.add", "tag": "t"],
            ["op": "tag.remove", "tag": "no"],
            ["op": "property.set", "pointer": "/a/b", "value": 1.0], ["op": "property.remove", "pointer": "/no/no"],
            ["op": "participant.add", "participant": ["type": "user", "id": "1"]],
            ["op": "participant.remove", "participant": ["type": "user", "id": "2"]],
            ["op": "text.replace", "target": ["block": id(1)], "find": "ex", "text": "ex"],
            ["op": "text.insert", "target": ["block": id(1)], "start": 0, "text": ""],
            ["op": "block.update", "target": ["block": id(1)], "type": "paragraph", "properties": ["no": nil]],
            ["op": "block.move", "target": ["block": id(1)], "parent": nil],
            ["op": "block.replace", "target": ["block": id(1)], "block": ["type": "paragraph", "text": "text"]],
            ["op": "annotation.remove", "target": ["block": id(1)], "name": "n"],
            ["op": "document.patch", "patch": [["op": "replace", "path": "/title", "value": "Note"]]],
        ])
        #expect(change.mutations.isEmpty)
        #expect(change.document == document)
    }

    @Test func documentIsMadeDeletedAndBroughtBack() throws {
        #expect(commandError { try DocumentModel.apply([], to: nil, context: context()) }?.rule == "no-document")
        let document = try note("1")
        #expect(document.revision == 1)
        let deletion = try document.applying(["op": "document.delete"])
        #expect(deletion.isDeletion)
        #expect(deletion.document.revision == 2)
        #expect(deletion.mutations[0].effects == [.blockDeleted(block(1))])
        let back = try DocumentModel.revert(deletion.mutations, in: nil, context: context(bob))
        #expect(back.document.blocks == document.blocks)
        #expect(back.document.revision == 3)
        let after: JSON = [["op": "document.delete"], ["op": "tag.add", "tag": "t"]]
        #expect(commandError { try document.applying(after) }?.rule == "document-deleted")
    }

    @Test(
        arguments: [
            ["op": "replace", "path": "/revision", "value": 1], ["op": "remove", "path": "/id"],
            ["op": "replace", "path": "/blocks/0/id", "value": "x"],
            ["op": "replace", "path": "/blocks/0/type", "value": "x"],
            ["op": "move", "from": "/createdAt", "path": "/properties/a"],
            ["op": "copy", "from": "/title", "path": "/blocks/0/updatedAt"],
            ["op": "replace", "path": "/participants/0/id", "value": "x"],
            ["op": "add", "path": "/blocks/-", "value": ["type": "p", "createdAt": "2026-01-01T00:00:00Z"]],
            ["op": "add", "path": "/comments/-", "value": ["text": "t", "createdBy": ["type": "user", "id": "x"]]],
        ] as [JSON]
    )
    func patchOfWhatOnlyTheHostWritesIsRefused(operation: JSON) throws {
        let document = try note("1")
        let error = try #require(
            commandError { try document.applying(["op": "document.patch", "patch": [operation]]) }
        )
        #expect(error.kind == .readOnly, "\(error)")
        #expect(error.pointer.description.hasPrefix("/commands/0/patch"))
    }

    @Test(
        arguments: [
            ("/title", []), ("/tags/-", ["tags:write"]), ("/properties/a", ["properties:write"]),
            ("/blocks/0/text", ["blocks:write"]), ("/blocks/0/children/1/properties/a", ["properties:write"]),
            ("/blocks/0/annotations/-", ["annotations:write"]), ("/blocks/0/comments/-", ["comments:write"]),
            ("/comments/-", ["comments:write"]), ("/participants/0", ["participants:write"]),
            ("/blocks/0", ["blocks:write"]),
            (
                "",
                [
                    "annotations:write", "blocks:write", "comments:write", "participants:write", "properties:write",
                    "tags:write",
                ]
            ),
        ] as [(String, [String])]
    )
    func patchNeedsTheScopeOfItsPaths(path: String, scopes: [String]) throws {
        let patch = try commands([
            "op": "document.patch", "patch": [["op": "add", "path": .string(path), "value": []]],
        ])[0]
        #expect(patch.scopes.map(\.description).sorted() == (scopes + ["documents:write"]).sorted())
        let test = try commands([
            "op": "document.patch", "patch": [["op": "test", "path": .string(path), "value": []]],
        ])[0]
        #expect(test.scopes == [.documentsWrite])
    }

    @Test func patchMovesBlocksAndAddsNewOnes() throws {
        let change = try note("1", "2").applying([
            "op": "document.patch",
            "patch": [
                ["op": "move", "from": "/blocks/1", "path": "/blocks/0"],
                ["op": "add", "path": "/blocks/-", "value": ["type": "p", "text": "3"]],
                ["op": "replace", "path": "/blocks/0/text", "value": "two"],
                ["op": "add", "path": "/tags/-", "value": "t"],
            ],
        ])
        #expect(change.document.texts == ["two", "1", "3"])
        #expect(change.document.blocks[0].id == block(2))
        #expect(change.document.blocks[0].updatedBy == bob)
        #expect(change.document.blocks[1].updatedBy == alice)
        #expect(change.mutations[0].effects.count == 2)
        let error = commandError {
            try note("1").applying(["op": "document.patch", "patch": [["op": "add", "path": "/colour", "value": 1]]])
        }
        #expect(error?.rule == "unknown-member")
    }
}
