import JSONSchema

/// A part of a block's text.
///
/// JSON, among the members of a command: `"start": integer, "end": integer` in code points, or `"find": string` with an
/// optional `"occurrence": integer`.
///
/// Sendable; a plain value.
public enum TextRange: Sendable, Hashable {
    /// From a code point to the one after the last; the second is not less than the first.
    case positions(Int, Int)
    /// Where this text, not empty, stands: the occurrence of this number, counted from 1 and without overlaps, or the
    /// only one there is.
    case find(String, occurrence: Int? = nil)

    static let memberNames = ["start", "end", "find", "occurrence"]

    /// Reads the range, which must be given.
    init(_ reader: MemberReader) throws(ShapeError) {
        guard let range = try Self.optional(reader) else {
            throw ShapeError("required", at: ["start"], "either start and end or find is missing")
        }
        self = range
    }

    /// Reads the range, if one is given.
    static func optional(_ reader: MemberReader) throws(ShapeError) -> TextRange? {
        if let text = try reader.optionalName("find") {
            for key in ["start", "end"] where reader.has(key) {
                throw ShapeError("one-of", at: [key], "a range has either start and end or find")
            }
            return .find(text, occurrence: try reader.optionalInteger("occurrence", minimum: 1))
        }
        guard !reader.has("occurrence") else {
            throw ShapeError("dependent-required", at: ["occurrence"], "occurrence needs find")
        }
        guard reader.has("start") || reader.has("end") else { return nil }
        let start = try reader.integer("start", minimum: 0)
        return .positions(start, try reader.integer("end", minimum: start))
    }

    func writeMembers(into writer: inout JSONWriter) {
        switch self {
        case .positions(let start, let end):
            writer.key("start")
            writer.int(start)
            writer.key("end")
            writer.int(end)
        case .find(let text, let occurrence):
            writer.key("find")
            writer.string(text)
            if let occurrence {
                writer.key("occurrence")
                writer.int(occurrence)
            }
        }
    }
}
