import PluginHost
import PluginProtocol
import TestSupport
import Testing

extension FailureTable {
    /// A connection was there, but no whole answer came by it.
    static let exchangeRows = [
        FailureRow(
            kind: .sentButReset,
            title: "The connection broke before the whole answer was there",
            outcome: .failed,
            happened:
                "The plugin, or something between, ended the connection after the request was sent and before the answer was whole.",
            host: "Dropped what had come. It did not send the request again: the plugin may have acted on it.",
            author: "Look for a crash. Keep idle connections open longer than the host does; 75 s are enough.",
            administrator:
                "Whether anything had come, and the plugin's address. The body as far as it came is not kept.",
            cases: [
                FailureCase("reads the request and resets the connection", HostileServer.resetting()),
                FailureCase("reads the request and closes the connection", HostileServer.closing()),
                FailureCase("answers one request and resets the connection at the next") { peer in
                    guard peer.readRequest() != nil else { return }
                    peer.answer(answer(#""warnings":[]"#), headers: "content-type: application/json\r\n")
                    guard peer.readRequest() != nil else { return }
                    peer.resetOnClose()
                }.prepared { stage in
                    #expect(try await stage.tag("first").status == 200)
                    try await stage.until { stage.server.requests.count == 1 }
                },
                FailureCase(
                    "closes before the announced length",
                    faults: ["F07"],
                    HostileServer.closing(after: head("content-length: 500\r\n") + good)
                ),
                FailureCase(
                    "ends a chunked body without its last chunk",
                    faults: ["F07"],
                    HostileServer.closing(
                        after: head("transfer-encoding: chunked\r\n")
                            + "\(String(good.utf8.count, radix: 16))\r\n\(good)\r\n"
                    )
                ),
                FailureCase(
                    "resets the connection in the body",
                    faults: ["F09"],
                    HostileServer.resetting(after: head("content-length: 500\r\n") + good)
                ),
                FailureCase("says GOAWAY in the body (HTTP/2)", faults: ["F09"]) {
                    try secured("none", speaksHTTP2: true) { peer in
                        let http = HTTP2Peer(peer)
                        guard let stream = http.readRequest() else { return }
                        http.sendHeader(stream)
                        http.sendBody(good, stream, isLast: false)
                        http.goAway(last: stream)
                    }
                },
                FailureCase("says GOAWAY as if it had not seen the request (HTTP/2)", faults: ["F09"]) {
                    try secured("none", speaksHTTP2: true) { peer in
                        let http = HTTP2Peer(peer)
                        guard http.readRequest() != nil else { return }
                        http.goAway(last: 0)
                    }
                },
                FailureCase("resets the stream in the body (HTTP/2)", faults: ["F09"]) {
                    try secured("none", speaksHTTP2: true) { peer in
                        let http = HTTP2Peer(peer)
                        while let stream = http.readRequest() {
                            http.sendHeader(stream)
                            http.sendBody(good, stream, isLast: false)
                            http.reset(stream, error: 2)
                        }
                    }
                },
            ]
        ),
        FailureRow(
            kind: .headersLate,
            title: "The answer did not begin in time",
            outcome: .failed,
            happened: "The request was sent, and the plugin's time was over before the header of an answer was whole.",
            host: "Ended the exchange and closed the connection. What comes later is not read, and never applied.",
            author:
                "Be quicker, or ask for more with `timeoutMilliseconds`; what takes long belongs into `after`. A `before` plugin cannot defer its answer.",
            administrator:
                "`plugin` in the exchange's timings is the time that the plugin had. A deferred answer does not count for the breaker.",
            cases: [
                FailureCase(
                    "takes the request and never answers",
                    faults: ["F05"],
                    isLate: true,
                    HostileServer.stalling()
                ),
                FailureCase(
                    "sends its header at one byte a second",
                    faults: ["F04"],
                    isLate: true,
                    HostileServer.dripping("", head("content-length: \(good.utf8.count)\r\n") + good)
                ),
                FailureCase("gives a perfect answer after its time", faults: ["F06"], isLate: true) { peer in
                    while peer.readRequest() != nil {
                        peer.waitForGate()
                        peer.answer(good, headers: "content-type: application/json\r\n")
                    }
                },
                FailureCase(
                    "defers its answer by 202",
                    isCounted: false,
                    HostileServer.answering(good, status: "202 Accepted")
                ),
                FailureCase(
                    "defers its answer by a member",
                    isCounted: false,
                    HostileServer.answering(answer(#""defer":{"seconds":60}"#))
                ),
            ]
        ),
        FailureRow(
            kind: .bodyLate,
            title: "The answer did not end in time",
            outcome: .failed,
            happened: "The header of an answer came in time, its body did not.",
            host: "Ended the exchange at the plugin's time, however steadily bytes came, and closed the connection.",
            author: "Send the answer at once when it is ready, with its length.",
            administrator: "`receive` in the exchange's timings is long.",
            cases: [
                FailureCase(
                    "sends its body at one byte a second",
                    faults: ["F04"],
                    isLate: true,
                    HostileServer.dripping(head("content-length: 500\r\n"), String(repeating: " ", count: 500))
                ),
                FailureCase(
                    "stops in the body",
                    isLate: true,
                    HostileServer.stalling(head("content-length: 500\r\n") + good)
                ),
            ]
        ),
        FailureRow(
            kind: .tooLarge,
            title: "The answer is too large",
            outcome: .refused,
            happened:
                "The answer's body (1 MiB, counted after decompression), its header (64 KiB, 256 lines), one string (256 KiB) or its `state` (64 KiB) is over the limit.",
            host:
                "Stopped reading at the limit and closed the connection; what was announced as too long was not read at all.",
            author: "Say less. Compression does not help: what counts is what comes out.",
            administrator: "The limit and the actual size, as far as it was read. `GET /v1/limits` lists all limits.",
            cases: [
                FailureCase(
                    "sends chunks without end",
                    faults: ["F01"],
                    HostileServer.endless(
                        head("transfer-encoding: chunked\r\n"),
                        "8000\r\n\(String(repeating: "a", count: 32_768))\r\n"
                    )
                ),
                FailureCase(
                    "sends a body without end or length",
                    faults: ["F01"],
                    HostileServer.endless(head(""), String(repeating: "a", count: 65_536))
                ),
                FailureCase(
                    "announces 50 GB",
                    faults: ["F01"],
                    HostileServer.stalling(head("content-length: 50000000000\r\n"))
                ),
                FailureCase("sends a bomb of gzip", faults: ["F02"], HostileServer.bomb(.gzip)),
                FailureCase("sends a bomb of br", faults: ["F02"], HostileServer.bomb(.brotli)),
                FailureCase("sends a bomb of zstd", faults: ["F02"], HostileServer.bomb(.zstd)),
                FailureCase(
                    "sends 103 (early hints) without end",
                    HostileServer.endless("", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
                ),
                FailureCase(
                    "sends a header line without end",
                    HostileServer.endless("HTTP/1.1 200 OK\r\nx: ", String(repeating: "y", count: 4_096))
                ),
                FailureCase("sends header lines without end", HostileServer.endless("HTTP/1.1 200 OK\r\n", "x: y\r\n")),
                FailureCase(
                    "sends trailers without end",
                    HostileServer.endless(head("transfer-encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n", "x: y\r\n")
                ),
                FailureCase(
                    "answers with one string of 300 KiB",
                    HostileServer.answering(answer(#""warnings":["\#(String(repeating: "a", count: 300 << 10))"]"#))
                ),
                FailureCase(
                    "answers with a state of 80 KiB",
                    HostileServer.answering(
                        answer(#""state":{"a":"\#(String(repeating: "a", count: 80 << 10))"},"commands":[]"#)
                    )
                ),
                FailureCase(
                    "answers with a million commands",
                    faults: ["F26"],
                    HostileServer.answering(
                        answer(
                            #""commands":[\#(Array(repeating: #"{"op":"tag.add","tag":"x"}"#, count: 1_000_000).joined(separator: ","))]"#
                        )
                    )
                ),
            ]
        ),
    ]

    /// A whole answer came, with a status that cannot carry commands.
    static let statusRows = [
        FailureRow(
            kind: .redirect,
            title: "The plugin redirected the request",
            outcome: .failed,
            happened: "The plugin answered with a status of 300 to 399.",
            host: "Did not follow it, whatever it led to, and ignored the body.",
            author: "Answer at the registered URL.",
            administrator: "The status. If the plugin has moved, register its new URL.",
            cases: [
                FailureCase(
                    "redirects to a cloud's metadata address, with a body of valid commands",
                    faults: ["F10", "F37"],
                    HostileServer.answering(
                        good,
                        status: "302 Found",
                        headers: "location: http://169.254.169.254/latest/meta-data/\r\n"
                    )
                ),
                FailureCase(
                    "redirects to itself by 307",
                    faults: ["F37"],
                    HostileServer.answering(good, status: "307 Temporary Redirect", headers: "location: /hook\r\n")
                ),
                FailureCase(
                    "redirects for good by 308",
                    faults: ["F37", "F60"],
                    HostileServer.answering("", status: "308 Permanent Redirect", headers: "location: /hook\r\n")
                ),
            ]
        ),
        FailureRow(
            kind: .clientError,
            title: "The plugin said that the request was wrong",
            outcome: .failed,
            happened: "The plugin answered with a status of 400 to 499.",
            host: "Ignored the body. `Retry-After` changes nothing: an event is sent once.",
            author: "Read the plugin's log. 401 mostly means that it has another secret.",
            administrator: "The status and the body.",
            cases: [
                FailureCase(
                    "answers 404 with a body of valid commands",
                    faults: ["F10"],
                    HostileServer.answering(good, status: "404 Not Found")
                ),
                FailureCase("answers 401", HostileServer.answering("", status: "401 Unauthorized")),
                FailureCase("answers 410", faults: ["F60"], HostileServer.answering("", status: "410 Gone")),
                FailureCase(
                    "answers 429 and asks for a million years",
                    faults: ["F60"],
                    HostileServer.answering(
                        "",
                        status: "429 Too Many Requests",
                        headers: "retry-after: 99999999999\r\n"
                    )
                ),
            ]
        ),
        FailureRow(
            kind: .serverError,
            title: "The plugin said that it failed",
            outcome: .failed,
            happened: "The plugin answered with a status of 500 to 599, or with what is no status of HTTP at all.",
            host: "Ignored the body.",
            author: "Read the plugin's log. If it is no web server that answers, the port is another program's.",
            administrator: "The status and the body, or what was wrong with the answer as HTTP.",
            cases: [
                FailureCase(
                    "answers 500 with a body of valid commands",
                    faults: ["F10", "F60"],
                    HostileServer.answering(good, status: "500 Internal Server Error")
                ),
                FailureCase("answers 503", HostileServer.answering("", status: "503 Service Unavailable")),
                FailureCase(
                    "switches to another protocol",
                    HostileServer.stalling(
                        "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n"
                    )
                ),
                FailureCase("answers with what is no HTTP", HostileServer.closing(after: "SSH-2.0-OpenSSH_9\r\n")),
                FailureCase(
                    "answers with a version of HTTP that does not exist",
                    HostileServer.closing(after: "HTTP/7.3 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                ),
            ]
        ),
    ]
}
