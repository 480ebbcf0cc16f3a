/// A path that shares its beginning with others.
final class OutputPath: Sendable {
    static let root = OutputPath(nil, "")

    private let parent: OutputPath?
    private let token: String

    private init(_ parent: OutputPath?, _ token: String) {
        self.parent = parent
        self.token = token
    }

    func appending(_ token: String) -> OutputPath { OutputPath(self, token) }

    func appending(_ tokens: [String]) -> OutputPath { tokens.reduce(self) { $0.appending($1) } }

    var pointer: JSONPointer {
        var tokens: [String] = []
        var path = self
        while let parent = path.parent {
            tokens.append(path.token)
            path = parent
        }
        return JSONPointer(tokens: tokens.reversed())
    }
}

/// What one rule said of one value.
struct OutputUnit {
    /// Empty for a boolean schema.
    var keyword: String
    /// The subschema the rule is in.
    var schema: Int
    var path: OutputPath
    var instance: OutputPath
    var isValid: Bool
    var failure: OutputFailure?
    var annotation: JSON?
    var children: [OutputUnit] = []
    var branches: [OutputBranch] = []
}

/// An alternative that failed.
struct OutputBranch {
    var schema: Int
    var units: [OutputUnit]
}

/// Why a rule failed.
struct OutputFailure {
    /// The keyword to name, if not the rule's own.
    var keyword: String?
    var message: String
    var limit: JSON?
    var actual: JSON?
    var hint: String?
    var suggestion: String?
    /// Where in the value, if not the value itself.
    var tokens: [String] = []
}

extension JSON {
    /// The value as a reader wants it named in a sentence.
    var summary: String {
        switch self {
        case .string(let text): text.quoted
        case .array(let elements): elements.isEmpty ? "an empty array" : "an array"
        case .object(let members): members.isEmpty ? "an empty object" : "an object"
        default: description
        }
    }

    /// Whether it can be short at all; looks at no more than it must.
    private var isSmall: Bool {
        var room = 200
        return fits(&room)
    }

    private func fits(_ room: inout Int) -> Bool {
        room -= 1
        switch self {
        case .string(let text): room -= text.utf8.count
        case .array(let elements): for element in elements where !element.fits(&room) { return false }
        case .object(let members):
            for member in members.members {
                room -= member.key.utf8.count
                if !member.value.fits(&room) { return false }
            }
        default: break
        }
        return room >= 0
    }

    /// The value if it is short enough to be repeated in a report.
    var short: JSON? {
        switch self {
        case .string(let text): text.utf8.count <= 200 ? self : .string(String(text.prefix(60)) + "…")
        case .array, .object: isSmall && description.utf8.count <= 200 ? self : nil
        default: self
        }
    }
}

extension String {
    /// The text in quotation marks, cut where it is long.
    var quoted: String {
        let text = unicodeScalars.count > 60 ? String(String.UnicodeScalarView(unicodeScalars.prefix(60))) + "…" : self
        return JSON.string(text).description
    }
}

extension [String] {
    /// The texts in quotation marks, and how many more there are.
    func quotedList(atMost limit: Int) -> String {
        let shown = prefix(limit).map(\.quoted).joined(separator: ", ")
        return count > limit ? shown + " and \(count - limit) more" : shown
    }
}
