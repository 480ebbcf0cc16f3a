internal import JSONSchema

extension JSON {
    /// Long strings and whole trees do not belong into an error: what is longer than this is cut.
    private static let briefBytes = 80

    /// What kind of value it is, for a sentence.
    var kindWithArticle: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value itself if it is short, else its kind.
    var brief: String {
        switch self {
        case .null, .bool: return description
        case .number, .string:
            let text = description
            return text.utf8.count <= Self.briefBytes ? text : "\(kindWithArticle) of \(text.utf8.count) bytes"
        case .array(let elements): return "an array of \(elements.count)"
        case .object(let members): return "an object of \(members.count) members"
        }
    }

    /// The value with long strings cut and trees replaced by their kind, to be kept in a refusal.
    var shortened: JSON {
        switch self {
        case .null, .bool: return self
        case .number: return description.utf8.count <= Self.briefBytes ? self : .string(brief)
        case .string(let text):
            return text.utf8.count <= Self.briefBytes ? self : .string(String(text.prefix(Self.briefBytes)) + "…")
        case .array, .object: return .string(brief)
        }
    }
}
