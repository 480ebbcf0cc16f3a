import JSONSchema
import PluginHost

extension Reply {
    /// A page of a list: `{"items": […], "nextCursor": "…"}`; no `nextCursor` on the last page.
    static func list<Item>(_ page: Page<Item>, _ write: (Item, inout JSONWriter) -> Void) -> Reply {
        var writer = JSONWriter(reserving: 256 + page.items.count * 512)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for item in page.items { write(item, &writer) }
        writer.endArray()
        writer.member("nextCursor", page.nextCursor)
        writer.endObject()
        return Reply(json: writer.bytes)
    }
}
