import JSONSchema
import Testing

@testable import HostCommand

@Suite struct PlanTextTests {
    private static func step(_ name: String, _ members: JSONObject) -> JSON {
        var step: JSONObject = [
            "plugin": "plg_1", "name": .string(name), "subscription": 0, "order": 100, "timeoutMilliseconds": 2000,
            "onFailure": "skip", "judge": false, "writes": nil,
        ]
        for (key, value) in members { step[key] = value }
        return .object(step)
    }

    @Test func planSaysStepsConflictsTimeAndWarnings() {
        let plan: JSON = [
            "event": "document.changed", "type": nil, "types": ["letter"],
            "groups": [
                [Self.step("titles", ["order": 1, "writes": ["/title"]])], [Self.step("all", [:])],
                [
                    Self.step("judge1", ["judge": true, "writes": [], "onFailure": "reject"]),
                    Self.step("judge2", ["judge": true, "writes": []]),
                ],
            ],
            "conflicts": [["plugins": ["titles", "all"], "pointer": "/title"]], "hasMoreConflicts": true,
            "worstCaseMilliseconds": 6000, "budgetMilliseconds": 5000, "warnings": ["too long"],
        ]
        let expected = """
            asked before document.changed, one step after the other:
            STEP  PLUGIN  ORDER  TIMEOUT  ON FAILURE  MAY CHANGE          ID
               1  titles      1  2000 ms  skip        /title              plg_1
               2  all       100  2000 ms  skip        all it was granted  plg_1
               3  judge1    100  2000 ms  reject      nothing (judge)     plg_1
               3  judge2    100  2000 ms  skip        nothing (judge)     plg_1
            Plugins of the same step are asked at the same time.
            Together they may take 6000 ms; a change waits 5000 ms at most.
            More plugins are asked about some types; see --type with one of: letter
            May change the same part (the second sees what the first did):
              titles, then all: /title
              …
            Warning: too long

            """
        #expect(PlanText.text(plan, width: nil) == expected)
    }

    @Test func planOfNobodySaysSo() {
        let plan: JSON = [
            "event": "comment.added", "type": "note", "types": ["note"], "groups": [], "conflicts": [],
            "hasMoreConflicts": false, "worstCaseMilliseconds": 0, "budgetMilliseconds": 5000, "warnings": [],
        ]
        #expect(
            PlanText.text(plan, width: 80)
                == "no enabled plugin is asked before comment.added on documents of type \"note\"\n"
        )
    }

    @Test func namesOfOthersDoNotControlTheTerminal() {
        let plan: JSON = [
            "event": "document.changed", "type": "\u{1B}[2J", "types": [], "groups": [[Self.step("a\u{1B}b", [:])]],
            "conflicts": [["plugins": ["a\u{1B}b", "c"], "pointer": ""]], "hasMoreConflicts": false,
            "worstCaseMilliseconds": 1, "budgetMilliseconds": 1, "warnings": ["\u{1B}"],
        ]
        #expect(!PlanText.text(plan, width: nil).contains("\u{1B}"))
        #expect(PlanText.text(plan, width: nil).contains("then c: everything"))
    }

    @Test func decisionAboutAPluginShowsItsWarnings() {
        let warned = PluginText.details(["name": "p", "warnings": ["too long"]], width: nil)
        #expect(warned.contains("\nWarning: too long\nSee `pluginhost plugin plan --help`"))
        #expect(!PluginText.details(["name": "p", "warnings": []], width: nil).contains("Warning"))
    }
}
