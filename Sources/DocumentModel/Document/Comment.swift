public import JSONSchema

/// A remark on a block or on the document as a whole.
///
/// JSON: `{"id": "com_…", "text": string, "createdBy": Actor, "createdAt": time, "resolved": boolean,
/// "resolvedBy"?: Actor, "resolvedAt"?: time}`; the last two exactly if it is resolved.
///
/// Sendable; a plain value.
public struct Comment: Sendable {
    static let memberNames = ["id", "text", "createdBy", "createdAt", "resolved", "resolvedBy", "resolvedAt"]

    /// Unique within the document.
    public var id: CommentID
    /// What it says; not empty.
    public var text: String
    /// Who wrote it.
    public var createdBy: Actor
    /// When it was written.
    public var createdAt: Timestamp
    var resolution: Stamp?

    init(id: CommentID, text: String, created: Stamp, resolution: Stamp? = nil) {
        self.id = id
        self.text = text
        createdBy = created.by
        createdAt = created.at
        self.resolution = resolution
    }

    /// Whether it is settled.
    public var isResolved: Bool { resolution != nil }
    /// Who settled it, if it is.
    public var resolvedBy: Actor? { resolution?.by }
    /// When it was settled, if it is.
    public var resolvedAt: Timestamp? { resolution?.at }

    /// Reads a comment.
    ///
    /// - Parameter json: the shape above.
    /// - Throws: ``ShapeError``.
    public init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: Self.memberNames)
        id = try reader.identifier("id")
        text = try reader.name("text")
        createdBy = try reader.nested("createdBy", Actor.init(json:))
        createdAt = try reader.time("createdAt")
        if try reader.boolean("resolved") {
            resolution = Stamp(
                by: try reader.nested("resolvedBy", Actor.init(json:)),
                at: try reader.time("resolvedAt")
            )
        } else {
            for key in ["resolvedBy", "resolvedAt"] where reader.has(key) {
                throw ShapeError("not-resolved", at: [key], "only a resolved comment has \(key)")
            }
        }
    }

    /// Writes the shape above.
    ///
    /// - Parameter writer: where a value is due.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("text")
        writer.string(text)
        writer.key("createdBy")
        createdBy.write(into: &writer)
        writer.key("createdAt")
        writer.string(createdAt)
        writer.key("resolved")
        writer.bool(isResolved)
        if let resolution {
            writer.key("resolvedBy")
            resolution.by.write(into: &writer)
            writer.key("resolvedAt")
            writer.string(resolution.at)
        }
        writer.endObject()
    }

    /// The length of the JSON form.
    var byteCount: Int {
        var count =
            #"{"id":"","text":"","createdBy":,"createdAt":"","resolved":}"#.utf8.count + 30 + 24 + text.escapedByteCount
            + createdBy.byteCount
        if let resolution {
            count += 4 + #","resolvedBy":,"resolvedAt":"""#.utf8.count + 24 + resolution.by.byteCount
        } else {
            count += 5
        }
        return count
    }
}

extension Comment: Hashable {
    /// Whether all members are the same, strings code point by code point.
    public static func == (left: Comment, right: Comment) -> Bool {
        left.id == right.id && left.text.hasSameScalars(as: right.text) && left.createdBy == right.createdBy
            && left.createdAt == right.createdAt && left.resolution == right.resolution
    }

    /// Feeds the id into a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
