import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol

extension Proposal {
    /// Writes the proposal as the API shows it (`protocol/schemas/proposal.json`).
    ///
    /// - Parameters:
    ///   - writer: takes the object.
    ///   - withCommands: whether to add the `commands`.
    func write(into writer: inout JSONWriter, withCommands: Bool) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("plugin")
        writer.string(plugin)
        writer.key("pluginName")
        writer.string(pluginName)
        writer.key("document")
        writer.string(document)
        writer.key("revision")
        writer.int(revision)
        writer.key("exchange")
        writer.string(exchange)
        writer.key("origin")
        writer.string(origin.rawValue)
        writer.key("conflict")
        if let conflict { conflict.write(into: &writer) } else { writer.null() }
        writer.key("warnings")
        writer.beginArray()
        for warning in warnings { writer.string(warning) }
        writer.endArray()
        writer.key("commandCount")
        writer.int(commands.count)
        writer.key("time")
        writer.string(time.description)
        writer.key("state")
        writer.string(state.rawValue)
        writer.key("decision")
        if let decision { decision.write(into: &writer) } else { writer.null() }
        if withCommands {
            writer.key("commands")
            writer.beginArray()
            for command in commands { command.write(into: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }
}

extension Proposal.Decision {
    /// `{actor, time, reason, revision}`.
    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("actor")
        actor.write(into: &writer)
        writer.key("time")
        writer.string(time.description)
        writer.nullable("reason", reason)
        writer.nullable("revision", revision)
        writer.endObject()
    }
}
