internal import DocumentModel
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

/// How the facts of matching lie in their column: the generation alone if that says all, else
/// `{"after": integer, "before"?: integer, "origin"?: "plg_…"}`.
extension RecordedMatching {
    /// Binds the next parameter.
    func bind(to statement: PreparedStatement) {
        if origin == nil, before == nil || before == after { return statement.bind(after) }
        var writer = JSONWriter(reserving: 96)
        writer.beginObject()
        writer.key("after")
        writer.int(after)
        if let before {
            writer.key("before")
            writer.int(before)
        }
        if let origin {
            writer.key("origin")
            writer.string(origin)
        }
        writer.endObject()
        statement.bind(text: writer.bytes)
    }

    /// Reads the column; nil where it is empty.
    init?(_ row: PreparedStatement, _ column: Int32) throws {
        guard !row.isNull(column) else { return nil }
        guard row.isText(column) else {
            let generation = row.int(column)
            self.init(after: generation, before: generation)
            return
        }
        let json = try StoredJSON.read(row.bytes(column))
        self.init(
            after: json["after"]?.intValue ?? 0,
            before: json["before"]?.intValue,
            origin: json["origin"]?.stringValue.flatMap { PluginID(parsing: $0) }
        )
    }
}
