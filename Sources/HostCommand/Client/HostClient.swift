import Curl
import JSONSchema

/// Speaks to a host's HTTP API.
///
/// Every answer other than a 2xx is thrown as ``APIProblem``.
struct HostClient: Sendable {
    /// Waiting for `settled` takes the host 30 s at most.
    private static let timeout = Duration.seconds(60)
    /// An exchange shows a request of 5 MiB and an answer of 1 MiB as text in JSON, which may double their size.
    private static let answerLimitBytes = 32 << 20

    /// The host's address, without a slash at the end.
    let server: String
    private let token: String?
    private let http: HTTPClient

    /// - Throws: ``CommandFailure`` when `server` is no http or https URL.
    init(server: String, token: String?) throws(CommandFailure) {
        var server = server
        while server.hasSuffix("/") { server.removeLast() }
        guard server.hasPrefix("http://") || server.hasPrefix("https://") else {
            throw CommandFailure(
                "\"\(server)\" is not the address of a host",
                hint: "An address looks like \(ServerOptions.defaultServer)."
            )
        }
        self.server = server
        self.token = token
        self.http = try HTTPClient.forAnyAddress()
    }

    /// Closes the connections; no call may follow.
    func close() async { await http.shutdown() }

    /// Calls the API: the path is under the server's address, with an encoded query (``query(_:)``) if there is one.
    ///
    /// - Returns: the answer's JSON; null for an empty one.
    /// - Throws: ``APIProblem`` for an answer that is no 2xx, ``CommandFailure`` when there is none.
    func call(
        _ method: String,
        _ path: String,
        body: JSON? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> JSON {
        var fields = headers + [("accept", "application/json")]
        if let token { fields.append(("authorization", "Bearer \(token)")) }
        if body != nil { fields.append(("content-type", "application/json")) }
        let request = HTTPRequest(
            method: method,
            url: server + path,
            headers: fields,
            body: body?.serialized() ?? [],
            timeout: Self.timeout,
            responseLimitBytes: Self.answerLimitBytes
        )
        let response: HTTPResponse
        do {
            response = try await http.send(request)
        } catch {
            throw failure(error)
        }
        guard (200...299).contains(response.status) else { throw problem(response) }
        if response.body.isEmpty { return .null }
        do {
            return try JSON(parsing: response.body, limits: Self.limits)
        } catch {
            throw CommandFailure(
                "\(server)\(path) answered something that is not JSON: \(error)",
                hint: "Is this a pluginhost?"
            )
        }
    }

    /// Reads a list to its end, or to a number of items.
    ///
    /// - Returns: `{"items": […]}`, with `nextCursor` when there is more.
    func list(_ path: String, _ parameters: [(String, String?)] = [], limit: Int) async throws -> JSON {
        var items: [JSON] = []
        var cursor: String?
        repeat {
            let page = [("limit", String(min(limit - items.count, 500))), ("cursor", cursor)]
            let answer = try await call("GET", path + Self.query(parameters + page))
            items += answer["items"]?.arrayValue ?? []
            cursor = answer["nextCursor"]?.stringValue
        } while cursor != nil && items.count < limit
        var result: JSONObject = ["items": .array(items)]
        if let cursor { result["nextCursor"] = .string(cursor) }
        return .object(result)
    }

    /// `?name=value&…` of the parameters that have a value.
    static func query(_ parameters: [(String, String?)]) -> String {
        let given = parameters.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }
        return given.isEmpty ? "" : "?" + given.joined(separator: "&")
    }

    /// Text as part of a path or a query (RFC 3986, section 2.3: all but unreserved characters are encoded).
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    private static let limits = JSONLimits(depth: 128, sizeBytes: answerLimitBytes, stringBytes: answerLimitBytes)

    private func problem(_ response: HTTPResponse) -> any Error {
        if let json = try? JSON(parsing: response.body, limits: Self.limits), json.objectValue != nil {
            return APIProblem(status: response.status, json: json)
        }
        return CommandFailure(
            "\(server) answered with HTTP status \(response.status) and no explanation",
            hint: "Is this a pluginhost?"
        )
    }

    private func failure(_ error: CurlError) -> CommandFailure {
        switch error.code {
        case .connectRefused, .connectTimeout, .dns:
            CommandFailure(
                "no host answers at \(server) (\(error.message))",
                hint: "Start one with `pluginhost serve --database host.sqlite`, or name another with --server or "
                    + "PLUGINHOST_SERVER."
            )
        default: CommandFailure("the call to \(server) failed: \(error.message)", hint: error.hint)
        }
    }
}
