import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol

extension ExchangeRecord {
    /// Writes the exchange as the API shows it (`protocol/schemas/exchange.json`).
    ///
    /// - Parameters:
    ///   - writer: takes the object.
    ///   - withBodies: whether to add `request` and `response` as they were sent, and the answer's `commands`.
    func write(into writer: inout JSONWriter, withBodies: Bool) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("plugin")
        writer.string(plugin)
        writer.key("pluginName")
        writer.string(pluginName)
        writer.key("pluginVersion")
        writer.string(pluginVersion)
        writer.nullable("document", document)
        writer.nullable("revision", revision)
        writer.nullable("phase", phase?.rawValue)
        writer.key("events")
        writer.beginArray()
        for event in events {
            writer.beginObject()
            writer.key("id")
            writer.string(event.id)
            writer.key("type")
            writer.string(event.type.rawValue)
            writer.endObject()
        }
        writer.endArray()
        writer.nullable("outcome", outcome?.rawValue)
        writer.key("refusal")
        if let refusal { refusal.write(into: &writer) } else { writer.null() }
        writer.key("verdict")
        writer.string(denied ? "deny" : "allow")
        writer.key("warnings")
        writer.beginArray()
        for warning in warnings { writer.string(warning) }
        writer.endArray()
        writer.key("notes")
        if let notes { writer.value(notes) } else { writer.null() }
        writer.nullable("status", status)
        writer.key("mutations")
        writer.int(mutations)
        writer.key("timings")
        timings.write(into: &writer)
        writer.key("time")
        writer.string(time.description)
        if isDry {
            writer.key("dryRun")
            writer.bool(true)
        }
        writer.member("traceparent", trace?.parent)
        writer.member("proposal", proposal?.description)
        if withBodies { writeBodies(into: &writer) }
        writer.endObject()
    }

    private func writeBodies(into writer: inout JSONWriter) {
        writer.key("request")
        Self.writeBody(request, "requestEncoding", into: &writer)
        writer.key("response")
        if let response { Self.writeBody(response, "responseEncoding", into: &writer) } else { writer.null() }
        writer.key("commands")
        if let commands = answeredCommands() { writer.value(commands) } else { writer.raw(Array("[]".utf8)) }
    }

    /// A body as a string, and beside it how true it is: bytes that are no UTF-8 become U+FFFD.
    private static func writeBody(_ body: [UInt8], _ encoding: StaticString, into writer: inout JSONWriter) {
        if let text = String(validating: body, as: UTF8.self) {
            writer.string(text)
            writer.key(encoding)
            writer.string("utf-8")
        } else {
            writer.string(String(decoding: body, as: UTF8.self))
            writer.key(encoding)
            writer.string("utf-8-lossy")
        }
    }

    /// The commands of the answer as the plugin sent them, if it can be read.
    private func answeredCommands() -> JSON? {
        guard let response, let answer = try? JSON(parsing: response), case .array? = answer["commands"] else {
            return nil
        }
        return answer["commands"]
    }
}

extension ExchangeTimings {
    /// Writes the parts, in microseconds.
    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("match", match)
        writer.member("queue", queue)
        writer.member("dns", dns)
        writer.member("connect", connect)
        writer.member("tls", tls)
        writer.member("send", send)
        writer.member("plugin", plugin)
        writer.member("receive", receive)
        writer.member("validate", validate)
        writer.member("apply", apply)
        writer.member("total", total)
        writer.endObject()
    }
}
