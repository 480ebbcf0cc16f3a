import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

extension FailureTable {
    /// The answer was understood, but cannot be applied.
    static let applyingRows = [
        FailureRow(
            kind: .notGranted,
            title: "The answer wants more than was granted",
            outcome: .refused,
            happened:
                "A command needs a scope that the plugin was not granted, or changes a part that the subscription's `writes` leave out; or the plugin was stopped before its answer could be applied.",
            host: "Refused the answer as a whole.",
            author: "Ask for the scope in the manifest, and look into `plugin.scopes` of the request before using it.",
            administrator:
                "The scope that is missing. `PATCH /v1/plugins/{id}` grants it; a plugin that asks for what it should not need is worth a look.",
            cases: [
                FailureCase(
                    "sets the title without being allowed to",
                    faults: ["F25"],
                    HostileServer.answering(command(#"{"op":"document.setTitle","title":"x"}"#))
                ),
                FailureCase(
                    "deletes the document without being allowed to",
                    faults: ["F25"],
                    HostileServer.answering(command(#"{"op":"document.delete"}"#))
                ),
                FailureCase("changes tags though it declared to write blocks only", faults: ["F25"]) {
                    var settings = Stage.Settings(script: HostileServer.answering(good))
                    settings.writes = ["/blocks"]
                    return settings
                },
            ]
        ),
        FailureRow(
            kind: .preconditionFailed,
            title: "An expectation did not hold",
            outcome: .refused,
            happened: "A command's `expect` did not hold when it was to be applied.",
            host: "Refused the answer as a whole.",
            author: "Nothing: the next event brings the newer document.",
            administrator: "The command, and what was there instead.",
            cases: [
                FailureCase(
                    "expects another revision",
                    HostileServer.answering(command(#"{"op":"tag.add","tag":"a","expect":{"revision":99}}"#))
                )
            ]
        ),
        FailureRow(
            kind: .conflict,
            title: "The document moved on",
            outcome: .refused,
            happened:
                "While the plugin was asked, others changed what it changes, and its commands could not be moved past that.",
            host:
                "Refused the answer as a whole. In `before` the plugins are asked once more; if that fails too, the whole change ends as a conflict, which is no plugin's failure.",
            author:
                "Use `text.*` and `block.*`, which move with the document, rather than `document.patch`, which does not.",
            administrator: "The revision that the plugin saw, and the document's history since.",
            phases: [.after],
            cases: [
                FailureCase("patches a document that changed meanwhile", faults: ["F28"]) {
                    var settings = Stage.Settings(script: { peer in
                        while peer.readRequest() != nil {
                            peer.waitForGate()
                            let isFirst = peer.server.requests.count == 1 && peer.index == 0
                            let patch =
                                #"{"op":"document.patch","patch":[{"op":"add","path":"/tags/-","value":"from-plugin"}]}"#
                            let body = isFirst ? answer(#""commands":[\#(patch)]"#) : answer(#""warnings":[]"#)
                            peer.answer(body, headers: "content-type: application/json\r\n")
                        }
                    })
                    settings.scopes = ["documents:write", "tags:write"]
                    return settings
                }.meanwhile { stage in
                    let change: JSON = ["commands": [["op": "tag.add", "tag": "between"]]]
                    let path = "/v1/documents/\(stage.document)/commands"
                    let answer = try await stage.call("POST", path, change)
                    #expect(answer.status == 200)
                    stage.server.openGate()
                }
            ]
        ),
        FailureRow(
            kind: .doesNotApply,
            title: "A command does not apply",
            outcome: .refused,
            happened:
                "A command names what is not there, changes what cannot be changed, or would make the document larger than is allowed.",
            host: "Refused the answer as a whole, also if all other commands were good.",
            author: "Check the target; ids of deleted blocks do not come back.",
            administrator: "The command's number and what it was about.",
            cases: [
                FailureCase(
                    "names a block that is gone in the 57th of 100 commands",
                    faults: ["F24"],
                    HostileServer.answering(
                        answer(
                            #""commands":[\#((0..<100).map { number in number == 56 ? #"{"op":"block.delete","target":{"block":"blk_01k00000000000000000000000"}}"# : #"{"op":"tag.add","tag":"from-plugin-\#(number)"}"# }.joined(separator: ","))]"#
                        )
                    )
                ),
                FailureCase("makes the document too large", faults: ["F26"]) {
                    var settings = Stage.Settings(
                        script: HostileServer.answering(
                            command(
                                #"{"op":"block.insert","block":{"type":"paragraph","text":"\#(String(repeating: "a", count: 20_000))"}}"#
                            )
                        )
                    )
                    settings.limits.documentBytes = 10_000
                    return settings
                },
            ]
        ),
        FailureRow(
            kind: .documentTypeViolated,
            title: "The document would break its type's schema",
            outcome: .refused,
            happened: "With the answer applied, the document would not satisfy the schema of its type.",
            host: "Refused the answer as a whole.",
            author: "Ask which schema the type has: `GET /v1/document-types`.",
            administrator: "The place in the document and the rule.",
            cases: [
                FailureCase("adds a tag that the type forbids", HostileServer.answering(good)).prepared { stage in
                    let schema: JSON = ["properties": ["tags": ["not": ["contains": ["const": "from-plugin"]]]]]
                    let answer = try await stage.call("PUT", "/v1/document-types/note", schema)
                    #expect((200...299).contains(answer.status), "\(answer.json)")
                }
            ]
        ),
    ]

    /// The host did not ask.
    static let hostRows = [
        FailureRow(
            kind: .requestTooLarge,
            title: "The request would be too large",
            outcome: .skipped,
            happened: "What the plugin was to be sent is over the limit of 5 MiB.",
            host: "Sent nothing.",
            author: "Narrow `reads` in the manifest to what the plugin needs.",
            administrator: "The limit and the actual size.",
            cases: [
                FailureCase("would be sent a document that is over the limit", isSeen: false) {
                    var settings = Stage.Settings(script: HostileServer.answering(good))
                    settings.limits.requestBytes = 1_000
                    return settings
                }
            ]
        ),
        FailureRow(
            kind: .overloaded,
            title: "Too many requests wait for the plugin",
            outcome: .skipped,
            happened: "16 requests to the plugin were under way and 256 waited; or, in `after`, 10,000 pieces of work.",
            host: "Sent nothing. Other plugins were not delayed: each has places of its own.",
            author: "Be quicker, or match fewer events.",
            administrator: "How many wait. One plugin that is often overloaded hangs more often than it fails.",
            phases: [.before],
            cases: [
                FailureCase("hangs in as many requests as it may have", faults: ["F32"], isSeen: false) {
                    var settings = Stage.Settings(script: hanging)
                    settings.limits.exchangesAtOnce = 1
                    settings.limits.exchangesWaiting = 0
                    return settings
                }.prepared { try await occupy($0) }
            ]
        ),
        FailureRow(
            kind: .breakerOpen,
            title: "The plugin failed too often",
            outcome: .skipped,
            happened: "At least 20 requests within 30 s ended, and half of them failed.",
            host:
                "Sent nothing. After 10 s it tries one request, then after 20 and so on up to 5 min; one success closes the breaker.",
            author: "Read the exchanges before: they hold the reason.",
            administrator: "How many of the last requests failed, and when the next is tried.",
            cases: [
                FailureCase(
                    "failed when it was asked before",
                    faults: ["F32"],
                    isSeen: false,
                    HostileServer.answering("", status: "500 Failed")
                )
                .prepared { stage in _ = try await stage.tag("first", on: try await stage.makeDocument("slow")) }
            ]
        ),
        FailureRow(
            kind: .budgetSpent,
            title: "There was no time left",
            outcome: .skipped,
            happened:
                "The time for the whole change was used up before this plugin's turn, or while it waited for one of its places; or a chain of reactions was 8 long.",
            host: "Sent nothing. Time for plugins with `reject` is set aside before others are asked.",
            author:
                "Be quicker; a smaller `order` is asked earlier. A plugin that reacts to itself should answer with nothing when its work is done.",
            administrator: "The share that the plugin had. The exchanges of the same change show who took the time.",
            phases: [.before],
            cases: [
                FailureCase("hangs in a request while the next one waits", isSeen: false, isLate: true) {
                    var settings = Stage.Settings(script: hanging)
                    settings.limits.exchangesAtOnce = 1
                    settings.limits.chainTime = .seconds(9)
                    return settings
                }.prepared { try await occupy($0) }
            ]
        ),
    ]

    /// Takes requests and answers none until the gate opens.
    private static let hanging: HostileServer.Script = { peer in
        while peer.readRequest() != nil {
            peer.waitForGate()
            peer.answer("", status: "204 No Content")
        }
    }

    /// Has the plugin hang in a request about another document.
    private static func occupy(_ stage: Stage) async throws {
        let other = try await stage.makeDocument("slow")
        stage.beside {
            let status = try await stage.tag("other", on: other).status
            #expect(status == 200)
        }
        try await stage.until { stage.server.requests.count == 1 }
    }
}
