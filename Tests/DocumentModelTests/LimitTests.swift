import JSONSchema
import Testing

@testable import DocumentModel

/// Every limit is stated with the value that broke it.
struct LimitTests {
    private static let one: JSON = ["block": .string(block(1).description)]

    private func error(_ json: JSON, _ limits: DocumentLimits) throws -> CommandError {
        let document = try note("text")
        return try #require(commandError { try document.applying(json, context(alice, limits: limits)) })
    }

    @Test func stringIsLimited() throws {
        let limits = DocumentLimits(stringBytes: 6)
        for (json, pointer) in [
            (["op": "document.setTitle", "title": "1234567"], "title"),
            (["op": "text.insert", "target": Self.one, "start": 0, "text": "ééé"], "text"),
            (["op": "tag.add", "tag": "1234567"], "tag"),
            (["op": "property.set", "pointer": "/a", "value": [["b": "1234567"]]], "value"),
            (["op": "property.set", "pointer": "/1234567", "value": 1], "pointer"),
            (["op": "comment.add", "text": "1234567"], "text"),
            (["op": "document.patch", "patch": [["op": "replace", "path": "/title", "value": "1234567"]]], "patch"),
        ] as [(JSON, String)] {
            let error = try error(json, limits)
            #expect(error.kind == .limit)
            #expect(error.rule == "string-bytes")
            #expect(error.limit == 6)
            #expect((error.actual?.intValue ?? 0) > 6)
            #expect(error.pointer.description == "/commands/0/\(pointer)")
        }
    }

    @Test func blocksAreLimited() throws {
        let insert: JSON = ["op": "block.insert", "block": ["type": "p", "children": [["type": "p"], ["type": "p"]]]]
        let error = try error(insert, DocumentLimits(blocks: 3))
        #expect(error.rule == "document-blocks")
        #expect(error.limit == 3)
        #expect(error.actual == 4)
    }

    @Test func bytesAreLimitedExactly() throws {
        let document = try note("text")
        let insert: JSON = ["op": "text.insert", "target": Self.one, "start": 0, "text": "\n\u{1}é"]
        let size = try document.applying(insert, context(alice)).document.serialized().count
        _ = try document.applying(insert, context(alice, limits: DocumentLimits(bytes: size)))
        let error = try error(insert, DocumentLimits(bytes: size - 1))
        #expect(error.rule == "document-bytes")
        #expect(error.actual?.intValue == size)
    }

    @Test func whatMakesTheDocumentSmallerIsWelcome() throws {
        let document = try note("a long text", "another")
        let limits = DocumentLimits(bytes: 10, blocks: 1)
        let deletion: JSON = ["op": "block.delete", "target": Self.one]
        #expect(try document.applying(deletion, context(alice, at: 1, limits: limits)).mutations.count == 1)
    }

    @Test func depthIsLimited() throws {
        var value: JSON = 1
        for _ in 0..<63 { value = [value] }
        #expect(try error(["op": "property.set", "pointer": "/a", "value": value], .default).rule == "depth")
        for pointer in ["/a/b/c", "/" + Array(repeating: "x", count: 64).joined(separator: "/")] {
            let limits = DocumentLimits(depth: 4)
            #expect(
                try error(["op": "property.set", "pointer": .string(pointer), "value": []], limits).rule == "depth"
            )
        }
        var block: JSON = ["type": "p"]
        for _ in 0..<31 { block = ["type": "p", "children": [block]] }
        #expect(try error(["op": "block.insert", "block": block], .default).rule == "depth")
    }

    @Test func whatIsWithinTheDepthCanBeRead() throws {
        var block: JSON = ["type": "p"]
        for _ in 0..<30 { block = ["type": "p", "children": [block]] }
        var document = try note("text").applying(["op": "block.insert", "block": block]).document
        var value: JSON = 1
        for _ in 0..<61 { value = [value] }
        document = try document.applying(["op": "property.set", "pointer": "/a", "value": value]).document
        _ = try Document(json: JSON(parsing: document.serialized()))
    }

    @Test func blockMovesOnlyWithinTheDepth() throws {
        var block: JSON = ["type": "p"]
        for _ in 0..<30 { block = ["type": "p", "children": [block]] }
        let document = try note("text").applying(["op": "block.insert", "block": block]).document
        let deep: JSON = ["block": .string(document.blocks[1].id.description)]
        let error = try #require(
            commandError {
                try document.applying([
                    "op": "block.move", "target": deep, "parent": .string(DocumentModelTests.block(1).description),
                ])
            }
        )
        #expect(error.rule == "depth")
    }
}
