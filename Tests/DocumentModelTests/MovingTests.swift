import DocumentModel
import JSONSchema
import Testing

/// What moves forward and what is a conflict.
struct MovingTests {
    private static let one: JSON = ["block": .string(block(1).description)]
    private static let two: JSON = ["block": .string(block(2).description)]

    private static func text(_ op: String, _ start: Int, _ end: Int? = nil, _ text: String? = nil) -> JSON {
        var members: JSONObject = ["op": .string(op), "target": one, "start": .number(JSONNumber(start))]
        if let end { members["end"] = .number(JSONNumber(end)) }
        if let text { members["text"] = .string(text) }
        return .object(members)
    }

    @Test(arguments: [
        (text("text.insert", 0, nil, "ab"), text("text.insert", 5, nil, "X"), "ab01234X56789"),
        (text("text.insert", 5, nil, "ab"), text("text.insert", 5, nil, "X"), "01234abX56789"),
        (text("text.delete", 0, 5), text("text.insert", 5, nil, "X"), "X56789"),
        (text("text.delete", 5, 8), text("text.insert", 5, nil, "X"), "01234X89"),
        (text("text.replace", 0, 2, "abc"), text("text.replace", 3, 5, "X"), "abc2X56789"),
        (text("text.insert", 3, nil, "ab"), text("text.delete", 3, 5), "012ab56789"),
        (text("text.insert", 5, nil, "ab"), text("text.delete", 3, 5), "012ab56789"),
    ])
    func positionsMoveForward(theirs: JSON, ours: JSON, result: String) throws {
        let base = try note("0123456789")
        let change = try base.applying(theirs)
        let moved = try DocumentModel.move(try commands(ours), through: change.mutations)
        let both = try DocumentModel.apply(moved, to: change.document, context: context())
        #expect(both.document.texts == [result])
    }

    @Test(
        arguments: [
            (text("text.delete", 3, 6), text("text.insert", 4, nil, "X"), "text-changed"),
            (text("text.delete", 3, 6), text("text.replace", 5, 8, "X"), "text-changed"),
            (text("text.insert", 4, nil, "x"), text("text.delete", 3, 6), "text-changed"),
            (["op": "block.delete", "target": one], text("text.insert", 0, nil, "X"), "block-deleted"),
            (text("text.insert", 0, nil, "x"), ["op": "block.delete", "target": one], "block-changed"),
            (
                ["op": "comment.add", "target": one, "text": "x"], ["op": "block.delete", "target": one],
                "block-changed"
            ),
            (
                ["op": "block.insert", "block": ["type": "p", "text": "x"], "parent": one["block"] ?? nil],
                ["op": "block.delete", "target": one], "block-changed"
            ),
            (
                ["op": "block.replace", "target": one, "block": ["type": "p"]], text("text.insert", 0, nil, "X"),
                "block-rewritten"
            ),
            (["op": "document.setTitle", "title": "a"], ["op": "document.setTitle", "title": "b"], "title-changed"),
            (
                ["op": "property.set", "pointer": "/a/b", "value": 1],
                ["op": "property.set", "pointer": "/a", "value": 2], "value-changed"
            ),
            (["op": "tag.add", "tag": "t"], ["op": "document.patch", "patch": []], "not-movable"),
            (
                ["op": "document.patch", "patch": [["op": "replace", "path": "/blocks/0/text", "value": "x"]]],
                text("text.insert", 0, nil, "X"), "block-rewritten"
            ),
            (
                ["op": "block.delete", "target": two],
                ["op": "block.insert", "block": ["type": "p"], "after": two["block"] ?? nil], "block-deleted"
            ),
            (
                text("text.insert", 0, nil, "x"),
                ["op": "text.delete", "target": ["find": ["type": "paragraph"]], "start": 0, "end": 1], "target-changed"
            ),
        ] as [(JSON, JSON, String)]
    )
    func whatIsGoneIsAConflict(theirs: JSON, ours: JSON, rule: String) throws {
        let change = try note("0123456789", "second").applying(theirs)
        let moving = [try commands(["op": "tag.add", "tag": "u"])[0]] + (try commands(ours))
        let error = try #require(commandError { try DocumentModel.move(moving, through: change.mutations) })
        #expect(error.kind == .conflict)
        #expect(error.commandIndex == 1)
        #expect(error.rule == rule)
    }

    @Test func placesMoveForward() throws {
        let base = try note("1", "2", "3")
        let change = try base.applying([
            ["op": "block.insert", "block": ["type": "p", "text": "0"], "parent": nil, "index": 0],
            ["op": "block.delete", "target": Self.two],
        ])
        let ours = try commands([
            ["op": "block.insert", "block": ["type": "p", "text": "x"], "parent": nil, "index": 2],
            ["op": "block.insert", "block": ["type": "p", "text": "y"], "parent": nil, "index": 3],
        ])
        let moved = try DocumentModel.move(ours, through: change.mutations)
        let both = try DocumentModel.apply(moved, to: change.document, context: context())
        #expect(both.document.texts == ["0", "1", "x", "y", "3"])
    }

    @Test func undoLeavesLaterWorkAlone() throws {
        let base = try note("The quick fox")
        let first = try base.applying(["op": "text.replace", "target": Self.one, "find": "quick", "text": "slow"])
        let second = try first.document.applying(
            ["op": "text.insert", "target": Self.one, "start": 0, "text": "See! "],
            context(alice)
        )
        let history = first.mutations + second.mutations
        let undone = try DocumentModel.revert(history, only: [0], in: second.document, context: context())
        #expect(undone.document.texts == ["See! The quick fox"])
        let third = try second.document.applying([
            "op": "text.replace", "target": Self.one, "find": "slow", "text": "lame",
        ])
        let error = try #require(
            commandError {
                try DocumentModel.revert(history + third.mutations, only: [0], in: third.document, context: context())
            }
        )
        #expect(error.kind == .conflict)
        #expect(error.pointer.description == "/mutations/0")
    }
}
