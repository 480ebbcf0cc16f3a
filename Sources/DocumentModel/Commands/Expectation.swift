public import JSONSchema

/// What must hold for a command to be applied; everything given must.
///
/// JSON: `{"revision"?: integer, "text"?: string, "value"?: any}`, at least one of them.
///
/// - `revision`: of the document, before the list of commands.
/// - `text`: commands with a range: the text of the range; others with a target: the whole text of the block;
///   `document.setTitle`: the title. Invalid elsewhere.
/// - `value`: `property.*`: the value at `pointer`; `annotation.*`: the value of the annotation. Where there is none, it
///   is `null`. Invalid elsewhere.
///
/// Sendable; a plain value.
public struct Expectation: Sendable {
    /// The document's revision.
    public var revision: Int?
    /// The text the command relies on.
    public var text: String?
    /// The value the command relies on.
    public var value: JSON?

    /// Makes an expectation; give at least one.
    ///
    /// - Parameters:
    ///   - revision: the document's revision.
    ///   - text: the text the command relies on.
    ///   - value: the value the command relies on.
    public init(revision: Int? = nil, text: String? = nil, value: JSON? = nil) {
        self.revision = revision
        self.text = text
        self.value = value
    }

    init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: ["revision", "text", "value"])
        revision = try reader.optionalInteger("revision", minimum: 1)
        text = try reader.optionalString("text")
        value = reader.optional("value")
        guard revision != nil || text != nil || value != nil else {
            throw ShapeError("min-properties", "expect needs at least one of revision, text and value")
        }
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        if let revision {
            writer.key("revision")
            writer.int(revision)
        }
        if let text {
            writer.key("text")
            writer.string(text)
        }
        if let value {
            writer.key("value")
            writer.value(value)
        }
        writer.endObject()
    }
}

extension Expectation: Hashable {
    /// Whether all members are the same, strings code point by code point.
    public static func == (left: Expectation, right: Expectation) -> Bool {
        left.revision == right.revision && left.text.hasSameScalars(as: right.text) && left.value == right.value
    }

    /// Feeds the revision into a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(revision) }
}
