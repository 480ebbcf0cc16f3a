import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

struct ManifestTests {
    @Test func defaultsAreThoseOfTheProtocol() throws {
        let manifest = try Manifest(
            json: ["protocol": ["1.0"], "name": "n", "subscriptions": [["events": ["document.changed"]]]]
        )
        #expect(manifest.version.isEmpty)
        #expect(manifest.description.isEmpty)
        #expect(manifest.scopes.isEmpty)
        let subscription = try #require(manifest.subscriptions.first)
        #expect(subscription.events == [.documentChanged])
        #expect(subscription.phase == .after)
        #expect(subscription.order == 100)
        #expect(subscription.timeout == .seconds(2))
        #expect(subscription.onFailure == .skip)
        #expect(subscription.sideEffects == .some)
        #expect(subscription.reads == nil)
        #expect(subscription.writes == nil)
        #expect(subscription.selection.isEverything)
        #expect(!subscription.echo)
        #expect(!subscription.isJudge)
        #expect(subscription.match == .everything)
    }

    @Test func everythingGivenIsKept() throws {
        let json: JSON = [
            "protocol": ["1.0", "1.1"], "name": "translate", "version": "1.2.0", "description": "Translates.",
            "subscriptions": [
                [
                    "events": ["document.created", "comment.added"], "phase": "before",
                    "match": ["types": ["note"], "tags": ["draft", "urgent"], "text": "TODO"], "order": -5,
                    "timeoutMilliseconds": 10_000, "onFailure": "reject", "reads": ["/blocks", "/title"], "writes": [],
                    "sideEffects": "none", "runsAfter": ["spelling"], "runsBefore": ["style"], "echo": true,
                ]
            ],
            "views": [["surface": "panel", "name": "poll", "title": "Poll"]],
            "actions": [["name": "translate", "title": "Translate", "parameters": ["type": "object"]]],
            "scopes": ["blocks:write", "documents:read"],
        ]
        let manifest = try Manifest(json: json)
        #expect(manifest.json == json)
        #expect(manifest.protocol == ["1.0", "1.1"])
        #expect(manifest.scopes == [.blocksWrite, .documentsRead])
        #expect(manifest.views.map(\.name) == ["poll"])
        #expect(manifest.views.map(\.surface) == [.panel])
        #expect(manifest.actions.first?.parameters == ["type": "object"])
        let subscription = try #require(manifest.subscriptions.first)
        #expect(subscription.events == [.documentCreated, .commentAdded])
        #expect(subscription.match.types == ["note"])
        #expect(subscription.match.tags == ["draft", "urgent"])
        #expect(subscription.match.text?.source == "TODO")
        #expect(subscription.order == -5)
        #expect(subscription.timeout == .seconds(10))
        #expect(subscription.onFailure == .reject)
        #expect(subscription.reads?.map(\.description) == ["/blocks", "/title"])
        #expect(subscription.isJudge)
        #expect(subscription.sideEffects == .none)
        #expect(subscription.runsAfter == ["spelling"])
        #expect(subscription.runsBefore == ["style"])
        #expect(subscription.echo)
    }

    /// Path of the fault, rule, and a part of what the error says.
    static let wrong: [(JSON, String, String, String)] = [
        ([], "", "type", "expected an object, found an array"),
        (["name": "n"], "/protocol", "required", "found no such member"),
        (["protocol": "1.0", "name": "n"], "/protocol", "type", "expected an array of strings"),
        (["protocol": ["2.0"], "name": "n"], "/protocol", "protocol", "speaks \"1.0\""),
        (["protocol": ["1.0"]], "/name", "required", "expected a string"),
        (["protocol": ["1.0"], "name": 7], "/name", "type", "expected a string, found 7"),
        (with(["events": []]), "/subscriptions/0/events", "minItems", "at least one"),
        (with(["phase": "after"]), "/subscriptions/0/events", "minItems", "at least one"),
        (with(["events": ["document.change"]]), "/subscriptions/0/events/0", "enum", "mean \"document.changed\"?"),
        (with(["events": ["plugin.ping"]]), "/subscriptions/0/events/0", "enum", "plugin.ping"),
        (with(["phase": "befor"]), "/subscriptions/0/phase", "enum", "did you mean \"before\"?"),
        (with(["onFailure": "ignore"]), "/subscriptions/0/onFailure", "enum", "reject, skip, flag"),
        (with(["order": 1.5]), "/subscriptions/0/order", "type", "expected an integer, found 1.5"),
        (with(["echo": "yes"]), "/subscriptions/0/echo", "type", "expected a boolean"),
        (with(["timeoutMilliseconds": 0]), "/subscriptions/0/timeoutMilliseconds", "minimum", "at least 1 ms, found 0"),
        (
            with(["timeoutMilliseconds": 30_001]), "/subscriptions/0/timeoutMilliseconds", "maximum",
            "in after a plugin has at most 30000 ms, found 30001"
        ),
        (
            with(["phase": "before", "timeoutMilliseconds": 10_001]), "/subscriptions/0/timeoutMilliseconds", "maximum",
            "in before a plugin has at most 10000 ms, found 10001"
        ),
        (
            with(["phase": "render", "timeoutMilliseconds": 12_000]), "/subscriptions/0/timeoutMilliseconds", "maximum",
            "in render"
        ),
        (with(["reads": ["/blocks/0/text"]]), "/subscriptions/0/reads/0", "array-index", "the array index 0"),
        (with(["writes": ["/title", "/tags/-"]]), "/subscriptions/0/writes/1", "array-index", "the array index -"),
        (with(["reads": ["blocks"]]), "/subscriptions/0/reads/0", "pointer", "a pointer starts with \"/\""),
        (with(["reads": ["/block"]]), "/subscriptions/0/reads/0", "pointer", "did you mean \"blocks\"?"),
        (with(["reads": ["/blocks/~2"]]), "/subscriptions/0/reads/0", "pointer", "is not a JSON Pointer"),
        (with(["match": ["text": 5]]), "/subscriptions/0/match/text", "type", "expected a string"),
        (with([:], ["scopes": ["blocks:writ"]]), "/scopes/0", "scope", "did you mean \"blocks:write\"?"),
        (with([:], ["scopes": ["everything"]]), "/scopes/0", "scope", "there is no scope \"everything\""),
        (with([:], ["views": [view("a"), view("b"), view("a")]]), "/views/2/name", "unique-name", "of /views/0"),
        (
            with([:], ["actions": [["name": "x", "title": "X"], ["name": "x", "title": "Y"]]]), "/actions/1/name",
            "unique-name", "already the name of /actions/0"
        ),
        (with([:], ["views": [["surface": "pane", "name": "a", "title": "A"]]]), "/views/0/surface", "enum", "panel"),
        (
            with([:], ["subscriptions": .array(Array(repeating: ["events": ["view.opened"]], count: 65))]),
            "/subscriptions", "subscriptionsPerManifest", "65 subscriptions; at most 64"
        ),
    ]

    @Test(arguments: wrong.indices)
    func errorsSayWhatIsWrongAndWhere(index: Int) throws {
        let (json, pointer, rule, text) = Self.wrong[index]
        let error = try #require(#expect(throws: ManifestError.self) { try Manifest(json: json) })
        #expect(error.pointer.description == pointer)
        #expect(error.rule == rule, "\(error)")
        #expect(error.description.contains(text), "\(error)")
    }

    @Test func timeoutsOverTheLimitNameLimitAndActualValue() {
        var limits = Limits()
        limits.pluginTimeAfter = .seconds(1)
        let error = #expect(throws: ManifestError.self) {
            try Manifest(json: Self.with(["timeoutMilliseconds": 1500]), limits: limits)
        }
        #expect(error?.limit == 1000)
        #expect(error?.actual == 1500)
    }

    @Test func anOperatorsShorterTimeIsAlsoTheDefault() throws {
        var limits = Limits()
        limits.pluginTimeAfter = .seconds(1)
        #expect(try Manifest(json: Self.with([:]), limits: limits).subscriptions.first?.timeout == .seconds(1))
    }

    private static func with(_ subscription: JSONObject, _ others: JSONObject = [:]) -> JSON {
        var row: JSONObject = subscription["phase"] == "after" ? [:] : ["events": ["document.changed"]]
        for (name, value) in subscription { row[name] = value }
        var manifest: JSONObject = ["protocol": ["1.0"], "name": "n", "subscriptions": [.object(row)]]
        for (name, value) in others { manifest[name] = value }
        return .object(manifest)
    }

    private static func view(_ name: String) -> JSON { ["surface": "panel", "name": .string(name), "title": "T"] }
}
