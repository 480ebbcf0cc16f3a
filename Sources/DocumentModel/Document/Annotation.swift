public import JSONSchema

/// Something said about a part of a block's text.
///
/// JSON: `{"id": "ann_…", "name": string, "value": any, "start": integer, "end": integer}`; positions count code
/// points. An inline element is U+FFFC in the text with an annotation named `element` on it.
///
/// The range is never empty: an annotation whose text is all deleted goes with it, and an undo brings both back.
///
/// Sendable; a plain value.
public struct Annotation: Sendable {
    /// Unique within the document.
    public var id: AnnotationID
    /// What kind of annotation it is; not empty.
    public var name: String
    /// What it says; written canonically.
    public var value: JSON
    /// The first code point it covers.
    public var start: Int
    /// The code point after the last one it covers; more than `start`.
    public var end: Int

    /// Makes an annotation.
    ///
    /// - Parameters:
    ///   - id: unique within the document.
    ///   - name: not empty.
    ///   - value: any JSON.
    ///   - start: the first code point it covers.
    ///   - end: the code point after the last one; more than `start`.
    public init(id: AnnotationID, name: String, value: JSON, start: Int, end: Int) {
        self.id = id
        self.name = name
        self.value = value
        self.start = start
        self.end = end
    }

    /// Reads an annotation.
    ///
    /// - Parameter json: the shape above.
    /// - Throws: ``ShapeError``.
    public init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: ["id", "name", "value", "start", "end"])
        id = try reader.identifier("id")
        name = try reader.name("name")
        value = try reader.value("value")
        start = try reader.integer("start", minimum: 0)
        end = try reader.integer("end", minimum: start + 1)
    }

    /// Writes the shape above.
    ///
    /// - Parameter writer: where a value is due.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("name")
        writer.string(name)
        writer.key("value")
        writer.canonical(value)
        writer.key("start")
        writer.int(start)
        writer.key("end")
        writer.int(end)
        writer.endObject()
    }

    /// The shape above as a value.
    var json: JSON {
        [
            "id": .string(id.description), "name": .string(name), "value": value, "start": JSON(start),
            "end": JSON(end),
        ]
    }

    /// The length of the JSON form.
    var byteCount: Int {
        #"{"id":"","name":"","value":,"start":,"end":}"#.utf8.count + 30 + name.escapedByteCount
            + value.canonicalByteCount + start.digitCount + end.digitCount
    }

    /// The order of a block's annotations: by place, then by name, then by id.
    static func precedes(_ left: Annotation, _ right: Annotation) -> Bool {
        if left.start != right.start { return left.start < right.start }
        if left.end != right.end { return left.end < right.end }
        if !left.name.hasSameScalars(as: right.name) {
            return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        return left.id < right.id
    }
}

extension Annotation: Hashable {
    /// Whether all members are the same, strings code point by code point.
    public static func == (left: Annotation, right: Annotation) -> Bool {
        left.id == right.id && left.start == right.start && left.end == right.end
            && left.name.hasSameScalars(as: right.name) && left.value == right.value
    }

    /// Feeds the id and the place into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(start)
        hasher.combine(end)
    }
}

extension JSON {
    /// The length of the canonical form.
    var canonicalByteCount: Int {
        switch self {
        case .null: 4
        case .bool(let flag): flag ? 4 : 5
        case .string(let text): text.escapedByteCount + 2
        case .number(let number): number.int.map(\.digitCount) ?? canonical().count
        case .array(let elements):
            elements.reduce(2 + max(elements.count - 1, 0)) { $0 + $1.canonicalByteCount }
        case .object(let members): members.canonicalByteCount
        }
    }
}

extension JSONObject {
    /// The length of the canonical form.
    var canonicalByteCount: Int {
        var count = 2 + Swift.max(self.count - 1, 0)
        for (key, value) in self { count += key.escapedByteCount + 3 + value.canonicalByteCount }
        return count
    }
}

extension Int {
    /// How many characters the number takes in JSON.
    var digitCount: Int {
        var rest = magnitude
        var count = self < 0 ? 2 : 1
        while rest > 9 {
            rest /= 10
            count += 1
        }
        return count
    }
}
