import JSONSchema
import Testing

@testable import HostCommand

@Suite struct CommandTextTests {
    @Test(
        arguments: [
            (["op": "document.setTitle", "title": "A \"title\""], "document.setTitle title \"A \\\"title\\\"\""),
            (
                [
                    "op": "text.replace", "target": ["block": "blk_01kb5q8x3zv7m4n9c2r6t8w001"], "start": 3, "end": 6,
                    "text": "will",
                ],
                "text.replace blk_…t8w001 text \"will\" start 3 end 6"
            ),
            (
                [
                    "op": "block.insert", "block": ["type": "paragraph", "text": "Hello"],
                    "after": "blk_01kb5q8x3zv7m4n9c2r6t8w001",
                ],
                "block.insert paragraph \"Hello\" after blk_…t8w001"
            ),
            (["op": "tag.add", "tag": "meeting"], "tag.add tag \"meeting\""),
            (
                ["op": "block.delete", "target": ["find": ["text": "old"]]],
                "block.delete found by {\"text\":\"old\"}"
            ),
        ] as [(JSON, String)]
    )
    func commandIsOneLine(command: JSON, expected: String) {
        #expect(CommandText.line(command) == expected)
    }

    @Test func refusalSaysRuleLimitAndActual() {
        let refusal: JSON = [
            "kind": "not-granted", "message": "needs blocks:write", "commandIndex": 0, "pointer": "/commands/0",
            "rule": "scopes",
            "limit": ["tags:write"], "actual": "blocks:write",
        ]
        #expect(
            RefusalText.line(refusal)
                == "not-granted: needs blocks:write (at /commands/0, rule scopes, allowed [\"tags:write\"], found blocks:write)"
        )
    }

    @Test func exchangeCountsEventsOfAType() {
        let exchange: JSON = [
            "phase": "after",
            "events": [["id": "evt_1", "type": "block.changed"], ["id": "evt_2", "type": "block.changed"]],
        ]
        #expect(ExchangeText.asked(exchange) == "after block.changed ×2")
    }

    @Test(arguments: [("applied", "allow", "applied"), ("nothing", "deny", "denied")])
    func denialIsAnOutcome(outcome: String, verdict: String, expected: String) {
        #expect(ExchangeText.outcome(["outcome": .string(outcome), "verdict": .string(verdict)]) == expected)
    }

    @Test func queryLeavesOutWhatIsNotGiven() {
        #expect(HostClient.query([("a", "x y&z"), ("b", nil), ("c", "ü")]) == "?a=x%20y%26z&c=%C3%BC")
        #expect(HostClient.query([("b", nil)]) == "")
    }

    @Test func jsonIsIndentedForPeople() {
        #expect(
            (["a": [1, 2], "b": [:]] as JSON).indentedText == "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}"
        )
    }
}
