import JSONSchema
import Testing

@testable import HostCommand

struct ProposalTextTests {
    private static let proposal: JSON = [
        "id": "prp_01kb5q8x3zv7m4n9c2r6t8w001", "pluginName": "slow", "document": "doc_01kb5q8x3zv7m4n9c2r6t8w001",
        "revision": 12, "exchange": "exc_01kb5q8x3zv7m4n9c2r6t8w001", "origin": "conflict",
        "conflict": ["kind": "conflict", "message": "the text was changed meanwhile"], "warnings": [],
        "commandCount": 1, "time": "2026-11-24T13:25:55.123Z", "state": "declined",
        "decision": [
            "actor": ["type": "user", "id": "usr_ada", "name": "Ada"], "time": "2026-11-24T14:00:00.000Z",
            "reason": "not ours", "revision": nil,
        ],
        "commands": [["op": "tag.add", "tag": "urgent"]],
    ]

    @Test func aLineSaysWhoseAndWhy() {
        let text = ProposalText.table(["items": [Self.proposal]], width: nil)
        for part in ["slow", "declined", "conflict", "not ours", "prp_01kb5q8x3zv7m4n9c2r6t8w001"] {
            #expect(text.contains(part), "\(text)")
        }
        #expect(ProposalText.table(["items": []], width: nil) == "no proposals")
    }

    @Test func detailsNameTheCommandsAndWhoDecided() {
        let text = ProposalText.details(Self.proposal, width: nil)
        for part in ["tag.add tag \"urgent\"", "the text was changed meanwhile", "Ada", "not ours", "12"] {
            #expect(text.contains(part), "\(text)")
        }
    }
}
