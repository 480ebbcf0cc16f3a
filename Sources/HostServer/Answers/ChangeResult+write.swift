import DocumentModel
import JSONSchema
import PluginHost

extension ChangeResult {
    /// `{document, mutations, exchanges, warnings, settled, pending?, deleted?}`.
    func rendered() -> [UInt8] {
        var writer = JSONWriter(reserving: document.bytes.count + 1024)
        writer.beginObject()
        writer.key("document")
        writer.raw(document.bytes)
        writer.key("mutations")
        writer.beginArray()
        for mutation in mutations {
            writer.beginObject()
            mutation.writeEffect(into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("exchanges")
        writer.beginArray()
        for exchange in exchanges { exchange.write(into: &writer, withBodies: false) }
        writer.endArray()
        writer.key("warnings")
        writer.beginArray()
        for warning in warnings { writer.string(warning) }
        writer.endArray()
        writer.key("settled")
        writer.bool(settled)
        if !pending.isEmpty {
            writer.key("pending")
            writer.beginArray()
            for exchange in pending { writer.string(exchange) }
            writer.endArray()
        }
        if isDeleted {
            writer.key("deleted")
            writer.bool(true)
        }
        writer.endObject()
        return writer.bytes
    }
}
