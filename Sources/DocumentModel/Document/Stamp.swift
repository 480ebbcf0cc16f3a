import JSONSchema

/// Who did something, and when: half of the `created*` and `updated*` members.
struct Stamp: Sendable, Hashable {
    var by: Actor
    var at: Timestamp

    init(by: Actor, at: Timestamp) {
        self.by = by
        self.at = at
    }

    /// Reads `{"by": Actor, "at": time}`.
    init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: ["by", "at"])
        by = try reader.nested("by", Actor.init(json:))
        at = try reader.time("at")
    }

    /// Writes `{"by": Actor, "at": time}`.
    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("by")
        by.write(into: &writer)
        writer.key("at")
        writer.string(at)
        writer.endObject()
    }
}

/// When something was made and last changed, and by whom.
///
/// JSON: the members `createdBy`, `createdAt`, `updatedBy` and `updatedAt` of what is stamped.
struct Stamps: Sendable, Hashable {
    static let memberNames = ["createdBy", "createdAt", "updatedBy", "updatedAt"]

    var created: Stamp
    var updated: Stamp

    init(_ stamp: Stamp) {
        created = stamp
        updated = stamp
    }

    init(_ reader: MemberReader) throws(ShapeError) {
        created = Stamp(by: try reader.nested("createdBy", Actor.init(json:)), at: try reader.time("createdAt"))
        updated = Stamp(by: try reader.nested("updatedBy", Actor.init(json:)), at: try reader.time("updatedAt"))
    }

    func write(into writer: inout JSONWriter) {
        writer.key("createdBy")
        created.by.write(into: &writer)
        writer.key("createdAt")
        writer.string(created.at)
        writer.key("updatedBy")
        updated.by.write(into: &writer)
        writer.key("updatedAt")
        writer.string(updated.at)
    }

    /// The length of the JSON members, without a comma in front.
    var byteCount: Int {
        #""createdBy":,"createdAt":"","updatedBy":,"updatedAt":"""#.utf8.count + 2 * 24 + created.by.byteCount
            + updated.by.byteCount
    }
}
