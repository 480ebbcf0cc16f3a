import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol

/// Renders errors as problem details.
///
/// Source: RFC 9457.
enum ProblemDetails {
    /// What every problem's `type` starts with; the code follows.
    static let typePrefix = "https://pluginhost.example/problems/"

    /// The answer to a call that failed.
    static func reply(_ error: HostError) -> Reply {
        let row = ErrorTable.row(for: error.code)
        var reply = Reply(
            status: HTTPResponse.Status(code: row.status),
            contentType: MediaTypes.problem,
            body: bytes(error, row)
        )
        if let seconds = row.retryAfterSeconds {
            reply.headers.append(HTTPField(name: .retryAfter, value: String(seconds)))
        }
        if error.code == .unauthenticated {
            reply.headers.append(HTTPField(name: .wwwAuthenticate, value: "Bearer realm=\"pluginhost\""))
        }
        return reply
    }

    private static func bytes(_ error: HostError, _ row: ErrorTable.Row) -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.key("type")
        writer.string(typePrefix + row.code.description)
        writer.key("title")
        writer.string(row.title)
        writer.key("status")
        writer.int(row.status)
        writer.key("detail")
        writer.string(error.message)
        writer.key("code")
        writer.string(error.code.description)
        writer.member("hint", error.hint)
        writer.member("pointer", error.pointer?.description)
        writer.member("commandIndex", error.commandIndex)
        writer.member("rule", error.rule)
        writer.member("limit", error.limit)
        writer.member("actual", error.actual)
        writeViolations(of: error, into: &writer)
        writer.member("plugin", error.plugin)
        writer.member("exchange", error.exchange?.description)
        if let refusal = error.refusal {
            writer.key("refusal")
            refusal.write(into: &writer)
        }
        writeReasons(of: error, into: &writer)
        writer.member("currentRevision", error.currentRevision)
        writer.endObject()
        return writer.bytes
    }

    private static func writeViolations(of error: HostError, into writer: inout JSONWriter) {
        guard !error.violations.isEmpty else { return }
        writer.key("violations")
        writer.beginArray()
        for violation in error.violations {
            writer.beginObject()
            writer.key("pointer")
            writer.string(violation.instance.description)
            writer.key("keyword")
            writer.string(violation.keyword)
            writer.key("message")
            writer.string(violation.message)
            writer.member("limit", violation.limit)
            writer.member("actual", violation.actual.map(shortened))
            writer.member("hint", violation.hint)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func writeReasons(of error: HostError, into writer: inout JSONWriter) {
        guard !error.reasons.isEmpty else { return }
        writer.key("reasons")
        writer.beginArray()
        for reason in error.reasons {
            writer.beginObject()
            writer.key("plugin")
            writer.string(reason.plugin)
            writer.member("pointer", reason.pointer)
            writer.key("message")
            writer.string(reason.message)
            if !reason.suggest.isEmpty {
                writer.key("suggest")
                writer.beginArray()
                for command in reason.suggest { command.write(into: &writer) }
                writer.endArray()
            }
            writer.endObject()
        }
        writer.endArray()
    }

    /// A value as an error repeats it: whole if it is short, else only its kind, so that no answer is longer than its request.
    private static func shortened(_ value: JSON) -> JSON {
        switch value {
        case .array(let elements) where elements.count > 8: .string("an array of \(elements.count) elements")
        case .object(let members) where members.count > 8: .string("an object of \(members.count) members")
        case .string(let text) where text.utf8.count > 256: .string("a string of \(text.utf8.count) bytes")
        case .array, .object: value.serialized().count > 1024 ? .string("a value of more than 1024 bytes") : value
        default: value
        }
    }
}

extension HTTPField.Name {
    /// `WWW-Authenticate` (RFC 9110, section 11.6.1).
    static var wwwAuthenticate: Self { HTTPField.Name("WWW-Authenticate") ?? .authorization }
}
