import JSONSchema
import Testing

@testable import HostCommand

@Suite struct APIProblemTests {
    @Test func violationsSayWhereAndWhat() {
        let problem = APIProblem(
            status: 422,
            json: [
                "title": "The body does not match its schema", "code": "schema-violation", "status": 422,
                "detail": "1 violation",
                "violations": [
                    [
                        "pointer": "/commands/0/op", "keyword": "enum", "message": "is not a known command",
                        "actual": "text.replce", "hint": "did you mean text.replace?",
                    ]
                ],
            ]
        )
        let expected = """
            pluginhost: The body does not match its schema
              1 violation
              - at /commands/0/op, found text.replce: is not a known command (did you mean text.replace?)
              code: schema-violation (HTTP 422)
            """
        #expect(problem.text(width: 120) == expected)
    }

    @Test func denialNamesPluginReasonAndSuggestion() {
        let text = APIProblem(
            status: 422,
            json: [
                "title": "A plugin denied the change", "code": "denied-by-plugin",
                "reasons": [
                    [
                        "plugin": "house-style", "pointer": "/title", "message": "a document needs a title",
                        "suggest": [["op": "document.setTitle", "title": "Minutes"]],
                    ]
                ],
            ]
        )
        .text(width: 120)
        #expect(text.contains("- house-style: a document needs a title (at /title)"))
        #expect(text.contains("suggested: document.setTitle title \"Minutes\""))
    }

    @Test func missingTokenIsExplained() {
        let text = APIProblem(status: 401, json: ["title": "No token", "code": "unauthenticated"]).text(width: 200)
        #expect(text.contains("PLUGINHOST_TOKEN"))
    }

    @Test func hostileTextIsNotObeyed() {
        let text = APIProblem(status: 422, json: ["title": "x\u{1B}[2J", "code": "c\u{1B}", "detail": "\u{1B}c"]).text(
            width: 80
        )
        #expect(!text.unicodeScalars.contains("\u{1B}"))
    }

    @Test func failureKeepsItsHint() {
        #expect(
            CommandFailure("no host answers", hint: "Start one.").text(width: 80)
                == "pluginhost: no host answers\nStart one."
        )
    }
}
