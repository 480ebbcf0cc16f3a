import DocumentModel
import JSONSchema
import Testing

/// What is refused, where the error points, and what it hints at.
struct CommandErrorTests {
    private static let one: JSON = ["block": .string(block(1).description)]
    private static let missing: JSON = ["block": .string(block(99).description)]

    @Test(arguments: [
        ("[]", "/commands/0", "type"), ("{}", "/commands/0/op", "required"),
        (#"{"op": 1}"#, "/commands/0/op", "type"), (#"{"op": "tag.add"}"#, "/commands/0/tag", "required"),
        (#"{"op": "tag.add", "tag": ""}"#, "/commands/0/tag", "min-length"),
        (#"{"op": "tag.add", "tag": "x", "tagg": 1}"#, "/commands/0/tagg", "unknown-member"),
        (#"{"op": "tag.add", "tag": "x", "restore": {}}"#, "/commands/0/restore", "unknown-member"),
        (#"{"op": "tag.add", "tag": "x", "expect": {}}"#, "/commands/0/expect", "min-properties"),
        (#"{"op": "block.delete", "target": {"block": "b"}}"#, "/commands/0/target/block", "identifier"),
        (#"{"op": "block.delete", "target": {}}"#, "/commands/0/target", "one-of"),
        (#"{"op": "block.delete", "target": {"find": {"limit": 2}}}"#, "/commands/0/target/find", "min-properties"),
        (
            #"{"op": "block.delete", "target": {"find": {"type": "x", "limit": 0}}}"#, "/commands/0/target/find/limit",
            "minimum"
        ),
        (
            #"{"op": "block.insert", "block": {"type": "x", "createdAt": "2026-01-01T00:00:00Z"}}"#,
            "/commands/0/block/createdAt", "unknown-member"
        ),
        (#"{"op": "block.insert", "block": {"type": "x"}, "index": 1}"#, "/commands/0/index", "dependent-required"),
        (#"{"op": "block.insert", "block": {"children": [{"type": "y"}, {}]}}"#, "/commands/0/block/type", "required"),
        (
            #"{"op": "block.insert", "block": {"type": "x", "children": [{"type": "y"}, {}]}}"#,
            "/commands/0/block/children/1/type", "required"
        ),
        (
            #"{"op": "text.delete", "target": {"find": {"type": "x"}}, "start": 3, "end": 2}"#, "/commands/0/end",
            "minimum"
        ),
        (
            #"{"op": "text.delete", "target": {"find": {"type": "x"}}, "occurrence": 1}"#, "/commands/0/occurrence",
            "dependent-required"
        ),
        (#"{"op": "property.set", "pointer": "a", "value": 1}"#, "/commands/0/pointer", "json-pointer"),
        (#"{"op": "property.set", "pointer": "", "value": 1}"#, "/commands/0/value", "type"),
        (#"{"op": "document.patch", "patch": [{"op": "ad", "path": "/x"}]}"#, "/commands/0/patch/0/op", "enum"),
        (
            #"{"op": "participant.add", "participant": {"type": "robot", "id": "1"}}"#, "/commands/0/participant/type",
            "enum"
        ),
    ])
    func shapeIsChecked(text: String, pointer: String, rule: String) throws {
        let json = try JSON(parsing: text)
        let error = try #require(commandError { try Command(json: json, index: 0) })
        #expect(error.kind == .invalid)
        #expect(error.pointer.description == pointer)
        #expect(error.rule == rule)
    }

    @Test(arguments: ["text.replce", "comment.remove", "Text.Insert", "no"])
    func unknownCommandIsHintedAt(op: String) throws {
        let error = try #require(commandError { try Command(json: ["op": .string(op)], index: 3) })
        #expect(error.kind == .unknownCommand)
        #expect(error.pointer.description == "/commands/3/op")
        #expect(error.commandIndex == 3)
        #expect((error.hint == nil) == (op == "no"))
    }

    @Test(
        arguments: [
            (["op": "text.insert", "target": missing, "start": 0, "text": "x"], "/target/block", "no-block"),
            (["op": "text.insert", "target": one, "start": 9, "text": "x"], "/start", "range"),
            (["op": "text.delete", "target": one, "start": 0, "end": 9], "/end", "range"),
            (["op": "text.delete", "target": one, "find": "x"], "/find", "no-match"),
            (["op": "text.delete", "target": one, "find": "a"], "/find", "ambiguous"),
            (["op": "text.delete", "target": one, "find": "a", "occurrence": 4], "/occurrence", "no-match"),
            (["op": "block.delete", "target": ["find": ["type": "x"]]], "/target/find", "no-match"),
            (["op": "block.insert", "block": ["type": "x", "id": one["block"] ?? nil]], "/block/id", "unused-id"),
            (["op": "block.insert", "block": ["type": "x"], "parent": nil, "index": 9], "/index", "range"),
            (["op": "block.move", "target": one, "parent": one["block"] ?? nil], "/parent", "inside-itself"),
            (["op": "block.move", "target": one, "after": one["block"] ?? nil], "/after", "inside-itself"),
            (
                ["op": "annotation.remove", "target": one, "id": .string(annotation(1).description)], "/id",
                "no-annotation"
            ),
            (["op": "comment.resolve", "comment": .string(comment(1).description)], "/comment", "no-comment"),
            (["op": "property.set", "pointer": "/list/9", "value": 1], "/pointer", "range"),
            (["op": "property.set", "pointer": "/list/x", "value": 1], "/pointer", "pointer"),
            (["op": "property.set", "pointer": "/text/x", "value": 1], "/pointer", "pointer"),
            (["op": "document.patch", "patch": [["op": "remove", "path": "/blocks/9"]]], "/patch/0", "pointer"),
            (["op": "document.create", "type": "note", "title": ""], "/op", "document-exists"),
        ] as [(JSON, String, String)]
    )
    func whatIsNotThereDoesNotApply(json: JSON, pointer: String, rule: String) throws {
        let document = try note("a b a a", "second").applying([
            "op": "property.set", "pointer": "", "value": ["list": [1], "text": "t"],
        ]).document
        let error = try #require(commandError { try document.applying([["op": "tag.add", "tag": "t"], json]) })
        #expect(error.kind == .doesNotApply, "\(error)")
        #expect(error.commandIndex == 1)
        #expect(error.pointer.description == "/commands/1" + pointer)
        #expect(error.rule == rule)
    }

    @Test(
        arguments: [
            (["op": "tag.add", "tag": "t", "expect": ["revision": 7]], "expect-revision"),
            (["op": "document.setTitle", "title": "t", "expect": ["text": "Other"]], "expect-text"),
            (["op": "text.insert", "target": one, "start": 0, "text": "x", "expect": ["text": "b"]], "expect-text"),
            (["op": "text.delete", "target": one, "start": 0, "end": 1, "expect": ["text": "b"]], "expect-text"),
            (["op": "property.set", "pointer": "/a", "value": 1, "expect": ["value": 2]], "expect-value"),
            (
                [
                    "op": "annotation.set", "target": one, "name": "n", "value": 1, "start": 0, "end": 1,
                    "expect": ["value": 2],
                ], "expect-value"
            ),
            (["op": "document.patch", "patch": [["op": "test", "path": "/title", "value": "Other"]]], "test"),
        ] as [(JSON, String)]
    )
    func failedExpectationRefuses(json: JSON, rule: String) throws {
        let document = try note("a b")
        let error = try #require(commandError { try document.applying(json) })
        #expect(error.kind == .preconditionFailed)
        #expect(error.rule == rule)
    }

    @Test(
        arguments: [
            ["op": "tag.add", "tag": "t", "expect": ["revision": 1]],
            ["op": "document.setTitle", "title": "t", "expect": ["text": "Note", "revision": 1]],
            ["op": "text.insert", "target": one, "start": 0, "text": "x", "expect": ["text": "a b"]],
            ["op": "text.delete", "target": one, "find": "b", "expect": ["text": "b"]],
            ["op": "property.set", "pointer": "/a", "value": 1, "expect": ["value": nil]],
            [
                "op": "annotation.set", "target": one, "name": "n", "value": 1, "find": "b",
                "expect": ["value": nil, "text": "b"],
            ],
            [
                "op": "document.patch",
                "patch": [
                    ["op": "test", "path": "/revision", "value": 1], ["op": "add", "path": "/tags/-", "value": "x"],
                ],
            ],
        ] as [JSON]
    )
    func heldExpectationApplies(json: JSON) throws { #expect(try note("a b").applying(json).mutations.count == 1) }

    @Test func expectationOfTheWrongKindIsInvalid() throws {
        let error = try #require(
            commandError { try note("a").applying(["op": "tag.add", "tag": "x", "expect": ["value": 1]]) }
        )
        #expect(error.kind == .invalid)
        #expect(error.pointer.description == "/commands/0/expect/value")
    }
}
