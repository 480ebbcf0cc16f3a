import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol

extension ProbeReport {
    /// Writes the report as the API shows it (`probe-report` in the OpenAPI document), exchanges with their bodies.
    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("plugin")
        writer.string(plugin)
        writer.key("time")
        writer.string(time)
        writer.key("passed")
        writer.bool(hasPassed)
        writer.key("probes")
        writer.beginArray()
        for finding in findings { finding.write(into: &writer) }
        writer.endArray()
        writer.endObject()
    }
}

extension ProbeFinding {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.string(probe.rawValue)
        writer.nullable("about", about)
        writer.key("result")
        writer.string(result.rawValue)
        writer.key("remark")
        writer.string(remark)
        writer.nullable("status", status)
        writer.nullable("microseconds", microseconds)
        writer.key("exchanges")
        writer.beginArray()
        for exchange in exchanges { exchange.write(into: &writer, withBodies: true) }
        writer.endArray()
        writer.endObject()
    }
}
