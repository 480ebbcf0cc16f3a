import JSONSchema
import Testing

@testable import HostCommand

@Suite struct AuditTextTests {
    private static func entry(_ seq: Int, _ kind: String, _ members: JSONObject) -> JSON {
        var entry: JSONObject = [
            "seq": .number(JSONNumber(seq)), "time": "2026-11-24T13:23:55.123Z", "kind": .string(kind),
            "actor": ["type": "user", "id": "usr_1", "name": "Anna"], "document": .null, "revision": .null,
        ]
        for (key, value) in members { entry[key] = value }
        return .object(entry)
    }

    @Test func newestEntryIsLast() {
        let list: JSON = [
            "items": [
                Self.entry(2, "mutation", ["op": "tag.add", "command": ["op": "tag.add", "tag": "b"], "revision": 3]),
                Self.entry(1, "mutation", ["op": "tag.add", "command": .null]),
            ]
        ]
        let expected = """
            SEQ  TIME      WHO   WHAT              REV  DOCUMENT
              1  13:23:55  Anna  tag.add (erased)
              2  13:23:55  Anna  tag.add tag "b"     3

            """
        #expect(AuditText.table(list, width: nil, dates: false) == expected)
    }

    @Test(
        arguments: [
            (
                "plugin.enabled",
                ["name": "spellcheck", "url": "http://127.0.0.1:9/", "scopes": ["tags:write"], "manifest": [:]],
                "plugin.enabled: spellcheck at http://127.0.0.1:9/, may tags:write"
            ),
            ("change.denied", ["allow": false, "reasons": [["message": "no title"]]], "change.denied: no title"),
            ("exchange.refused", ["refusal": ["kind": "schema", "message": "bad"]], "exchange.refused: schema: bad"),
            ("client.created", ["client": "administrator"], "client.created: client administrator"),
        ] as [(String, JSON, String)]
    )
    func actIsSaidInWords(kind: String, detail: JSON, expected: String) {
        let text = AuditText.table(["items": [Self.entry(1, kind, ["detail": detail])]], width: nil)
        #expect(text.contains(expected))
    }
}
