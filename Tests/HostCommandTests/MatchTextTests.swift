import JSONSchema
import Testing

@testable import HostCommand

@Suite struct MatchTextTests {
    private static func decision(_ members: JSONObject) -> JSON {
        var decision: JSONObject = [
            "event": "evt_1", "document": "doc_1", "revision": 4, "plugin": "plg_1", "pluginName": "spelling",
            "subscription": 0, "phase": "after", "decision": "asked", "reason": "matched", "message": "it wants it",
            "exchange": "exc_1",
        ]
        for (key, value) in members { decision[key] = value }
        return .object(decision)
    }

    @Test func eachChangeHasItsTable() {
        let list: JSON = [
            "items": [
                Self.decision([:]),
                Self.decision([
                    "pluginName": nil, "subscription": nil, "phase": nil, "decision": "not-matched",
                    "reason": "not-registered", "message": "it was not there", "exchange": nil,
                ]), Self.decision(["event": "evt_2", "revision": nil]),
            ], "nextCursor": "more",
        ]
        let expected = """
            evt_1: revision 4 of doc_1
            PLUGIN    SUBSCRIPTION  PHASE  DECISION     REASON          WHY               EXCHANGE
            spelling             0  after  asked        matched         it wants it       exc_1
            plg_1                          not-matched  not-registered  it was not there

            evt_2: a change that was not made of doc_1
            PLUGIN    SUBSCRIPTION  PHASE  DECISION  REASON   WHY          EXCHANGE
            spelling             0  after  asked     matched  it wants it  exc_1
            There are more; see --limit and --plugin.

            """
        #expect(MatchText.table(list, width: nil) == expected)
    }

    @Test func nothingToTellIsSaid() {
        #expect(MatchText.table(["items": []], width: nil) == "no plugin was registered")
    }
}
