import PluginHost
import PluginProtocol
import TestSupport

extension FailureTable {
    /// A whole answer came with a good status, but it is not strict JSON.
    static let formRows = [
        FailureRow(
            kind: .wrongContentType,
            title: "The answer is not declared as JSON",
            outcome: .refused,
            happened: "The answer's `content-type` is missing, or is not `application/json` in UTF-8.",
            host: "Did not read the body as JSON.",
            author: "Set the header `content-type: application/json`.",
            administrator:
                "The type that came. `text/html` is mostly an error page of something between host and plugin.",
            cases: [
                FailureCase("answers with text/html", HostileServer.answering(good, type: "text/html")),
                FailureCase("answers without a type", HostileServer.answering(good, type: nil)),
                FailureCase(
                    "declares another character set",
                    HostileServer.answering(good, type: "application/json; charset=iso-8859-1")
                ),
            ]
        ),
        FailureRow(
            kind: .badEncoding,
            title: "The answer is not UTF-8",
            outcome: .refused,
            happened:
                "A byte of the body is not UTF-8, a string holds half a surrogate pair, or the body is compressed in a way that was not offered.",
            host: "Refused the answer as a whole; nothing is replaced or guessed.",
            author: "Encode in UTF-8 without a byte order mark. Compress with gzip, br or zstd, or not at all.",
            administrator: "The offset of the first wrong byte.",
            cases: [
                FailureCase(
                    "sends a byte that is not UTF-8",
                    faults: ["F15"],
                    HostileServer.answering(
                        Array(#"{"protocol":"1.0","warnings":[""#.utf8) + [0xff] + Array(#""]}"#.utf8)
                    )
                ),
                FailureCase(
                    "sends an overlong form",
                    faults: ["F15"],
                    HostileServer.answering(
                        Array(#"{"protocol":"1.0","warnings":[""#.utf8) + [0xc0, 0xaf] + Array(#""]}"#.utf8)
                    )
                ),
                FailureCase(
                    "escapes a lone surrogate",
                    faults: ["F15"],
                    HostileServer.answering(answer(#""warnings":["\ud800"]"#))
                ),
                FailureCase(
                    "begins with a byte order mark",
                    faults: ["F15"],
                    HostileServer.answering([0xef, 0xbb, 0xbf] + Array(good.utf8))
                ),
                FailureCase(
                    "sends UTF-16",
                    faults: ["F15"],
                    HostileServer.answering([0xff, 0xfe] + good.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] })
                ),
                FailureCase(
                    "sends a bomb of deflate, which is not offered",
                    faults: ["F02"],
                    HostileServer.bomb(.deflate)
                ),
                FailureCase(
                    "says gzip and sends something else",
                    HostileServer.answering(good, headers: "content-encoding: gzip\r\n")
                ),
            ]
        ),
        FailureRow(
            kind: .notJSON,
            title: "The answer is not JSON",
            outcome: .refused,
            happened: "The body is not exactly one JSON text (RFC 8259).",
            host: "Refused the answer as a whole.",
            author: "Make the body with a JSON library. No comments, no trailing commas, nothing after the end.",
            administrator: "The offset at which it stops being JSON, and the body.",
            cases: [
                FailureCase(
                    "leaves a trailing comma",
                    faults: ["F17"],
                    HostileServer.answering(answer(#""warnings":[],"#))
                ),
                FailureCase(
                    "puts in a comment",
                    faults: ["F17"],
                    HostileServer.answering(answer(#"/* hi */"warnings":[]"#))
                ),
                FailureCase("sends two documents", faults: ["F17"], HostileServer.answering(good + good)),
                FailureCase("sends something after the end", faults: ["F17"], HostileServer.answering(good + "x")),
                FailureCase("sends blanks only", faults: ["F17"], HostileServer.answering(" \r\n\t ")),
                FailureCase(
                    "puts a control character into a string",
                    faults: ["F15"],
                    HostileServer.answering(answer("\"warnings\":[\"a\u{1}b\"]"))
                ),
                FailureCase("sends a page", HostileServer.answering("<!doctype html><title>Error</title>")),
                FailureCase("sends NaN", HostileServer.answering(answer(#""state":{"a":NaN}"#))),
            ]
        ),
        FailureRow(
            kind: .duplicateKeys,
            title: "An object of the answer has a name twice",
            outcome: .refused,
            happened: "An object names a member twice, so that two readers could understand different things.",
            host: "Refused the answer as a whole; neither member counts.",
            author: "Make the body with a JSON library, from one object.",
            administrator: "The name.",
            cases: [
                FailureCase(
                    "repeats a member",
                    faults: ["F14"],
                    HostileServer.answering(answer(#""warnings":[],"warnings":["x"]"#))
                ),
                FailureCase(
                    "repeats a member in other letters",
                    faults: ["F14"],
                    HostileServer.answering(answer(#""state":{"a":1,"\u0061":2}"#))
                ),
                FailureCase(
                    "repeats a command's argument",
                    faults: ["F14"],
                    HostileServer.answering(answer(#""commands":[{"op":"tag.add","tag":"from-plugin","tag":"b"}]"#))
                ),
            ]
        ),
        FailureRow(
            kind: .tooDeep,
            title: "The answer nests too deep",
            outcome: .refused,
            happened: "Arrays and objects of the answer nest deeper than 64 levels.",
            host: "Stopped reading at that depth.",
            author: "Make `state` and `view` flatter.",
            administrator: "The offset at which the limit was passed.",
            cases: [
                FailureCase(
                    "nests 100,000 arrays",
                    faults: ["F13"],
                    HostileServer.answering(
                        String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
                    )
                ),
                FailureCase(
                    "sends 250 kB of unfinished nesting",
                    faults: ["F13"],
                    HostileServer.answering(String(repeating: #"[{"":"#, count: 50_000))
                ),
                FailureCase(
                    "nests its state 65 deep",
                    HostileServer.answering(
                        answer(
                            #""state":{"a":\#(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))}"#
                        )
                    )
                ),
            ]
        ),
    ]

    /// The answer is JSON, but not what the protocol has.
    static let contentRows = [
        FailureRow(
            kind: .wrongProtocol,
            title: "The answer does not speak the protocol's version",
            outcome: .refused,
            happened: "The member `protocol` is missing or is not `\"1.0\"`.",
            host: "Refused the answer as a whole: it may mean something else in another version.",
            author: "Begin the answer with `\"protocol\": \"1.0\"`.",
            administrator: "The version that came. A body without any is mostly not the plugin's.",
            cases: [
                FailureCase(
                    "leaves the version out",
                    faults: ["F23"],
                    HostileServer.answering(#"{"commands":[{"op":"tag.add","tag":"from-plugin"}]}"#)
                ),
                FailureCase(
                    "speaks version 2.0",
                    faults: ["F23"],
                    HostileServer.answering(#"{"protocol":"2.0","commands":[{"op":"tag.add","tag":"from-plugin"}]}"#)
                ),
                FailureCase("answers with a list", HostileServer.answering("[]")),
            ]
        ),
        FailureRow(
            kind: .schema,
            title: "The answer breaks the schema",
            outcome: .refused,
            happened: "A member is missing, unknown or of the wrong form; or there are more than 256 commands.",
            host: "Refused the answer before its first command.",
            author:
                "`pointer`, `rule`, `limit` and `actual` of the refusal say where and why; `GET /v1/schemas/response` has the schema, `pluginhost check URL` tries the plugin.",
            administrator: "The same refusal, and the body.",
            cases: [
                FailureCase(
                    "is wrong in three places",
                    faults: ["F22"],
                    HostileServer.answering(
                        answer(
                            #""warnings":[7],"notes":{"a":7},"commands":[{"op":"tag.add","tag":"from-plugin"}],"state":7"#
                        )
                    )
                ),
                FailureCase(
                    "has an unknown member",
                    faults: ["F23"],
                    HostileServer.answering(answer(#""comands":[],"commands":[{"op":"tag.add","tag":"from-plugin"}]"#))
                ),
                FailureCase(
                    "leaves an argument out",
                    faults: ["F23"],
                    HostileServer.answering(command(#"{"op":"tag.add"}"#))
                ),
                FailureCase(
                    "gives a command an argument that it does not have",
                    faults: ["F23"],
                    HostileServer.answering(command(#"{"op":"tag.add","tag":"a","color":"red"}"#))
                ),
                FailureCase(
                    "aims a command at another document",
                    faults: ["F25"],
                    HostileServer.answering(
                        command(#"{"op":"tag.add","tag":"a","document":"doc_01k00000000000000000000000"}"#)
                    )
                ),
                FailureCase(
                    "sends 257 commands",
                    faults: ["F26"],
                    HostileServer.answering(
                        answer(
                            #""commands":[\#((0..<257).map { #"{"op":"tag.add","tag":"from-plugin-\#($0)"}"# }.joined(separator: ","))]"#
                        )
                    )
                ),
            ]
        ),
        FailureRow(
            kind: .unknownCommand,
            title: "The answer has a command that does not exist",
            outcome: .refused,
            happened: "A command's `op` is none that the host knows.",
            host: "Refused the answer before its first command.",
            author: "The hint has the nearest name; `GET /v1/schemas/command` lists all.",
            administrator: "The command's number and its `op`. The plugin may be newer than the host.",
            cases: [
                FailureCase(
                    "sends a command that nobody knows",
                    faults: ["F23"],
                    HostileServer.answering(command(#"{"op":"tag.ad","tag":"a"}"#))
                )
            ]
        ),
    ]
}
