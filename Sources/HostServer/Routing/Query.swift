import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol

/// The query of a request: only parameters that the route knows, each at most once.
struct Query: Sendable {
    /// No parameters.
    static let none = Query()

    private var values: [(name: String, value: String)] = []

    private init() {}

    /// Reads a query.
    ///
    /// - Parameters:
    ///   - text: what follows the `?`, percent-encoded; `+` is a space.
    ///   - known: the names that the route knows.
    /// - Throws: ``HostError`` of code `invalid-parameter`.
    init(parsing text: Substring, known: [String]) throws {
        for part in text.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true),
                let value = PercentEncoding.decode(halves.count > 1 ? halves[1] : "", plusIsSpace: true)
            else {
                throw HostError.invalidParameter(
                    "The query",
                    "has a part that is not percent-encoded UTF-8",
                    actual: String(part)
                )
            }
            guard known.contains(name) else { throw Self.unknown(name, known) }
            guard self[name] == nil else {
                throw HostError.invalidParameter("Query parameter \"\(name)\"", "is given more than once")
            }
            values.append((name, value))
        }
    }

    /// The value of a parameter, if it was given.
    subscript(name: String) -> String? { values.first { $0.name == name }?.value }

    /// The value of a parameter that is an id.
    func identifier<Kind: IdentifierKind>(_ name: String, _: Kind.Type) throws -> Identifier<Kind>? {
        try value(name, form: "\(Kind.prefix)… with 26 characters after the prefix") { Identifier<Kind>(parsing: $0) }
    }

    /// The value of a parameter that is a time (RFC 3339).
    func time(_ name: String) throws -> Timestamp? {
        try value(name, form: "a time such as 2026-11-24T13:23:55Z") { Timestamp(parsing: $0) }
    }

    /// The value of a parameter that is one of some words.
    func choice<Choice: RawRepresentable<String>>(_ name: String, of choices: [Choice]) throws -> Choice? {
        guard let text = self[name] else { return nil }
        if let choice = Choice(rawValue: text), choices.contains(where: { $0.rawValue == text }) { return choice }
        let words = choices.map(\.rawValue)
        throw HostError.invalidParameter(
            "Query parameter \"\(name)\"",
            "must be one of \(words.joined(separator: ", "))",
            actual: text,
            hint: NearestName.hint(for: text, among: words)
        )
    }

    /// The value of a parameter that is one of some words, and must be given.
    func requiredChoice<Choice: RawRepresentable<String>>(_ name: String, of choices: [Choice]) throws -> Choice {
        if let choice = try choice(name, of: choices) { return choice }
        throw HostError.invalidParameter(
            "Query parameter \"\(name)\"",
            "is needed: one of \(choices.map(\.rawValue).joined(separator: ", "))"
        )
    }

    /// `cursor` and `limit`.
    func page() throws -> PageRequest {
        let limit = try value("limit", form: "an integer from 1 to 1000") { text -> Int? in
            guard let number = Int(text), (1...1000).contains(number), text.utf8.first != UInt8(ascii: "+") else {
                return nil
            }
            return number
        }
        if let cursor = self["cursor"], cursor.isEmpty || cursor.utf8.count > 512 {
            throw HostError.invalidParameter(
                "Query parameter \"cursor\"",
                "must be the nextCursor of an earlier answer"
            )
        }
        return PageRequest(cursor: self["cursor"], limit: limit ?? 50)
    }

    private func value<Value>(_ name: String, form: String, _ parse: (String) -> Value?) throws -> Value? {
        guard let text = self[name] else { return nil }
        guard let value = parse(text) else {
            throw HostError.invalidParameter("Query parameter \"\(name)\"", "must be \(form)", actual: text)
        }
        return value
    }

    private static func unknown(_ name: String, _ known: [String]) -> HostError {
        let list = known.isEmpty ? "none" : known.joined(separator: ", ")
        var error = HostError.invalidParameter(
            "Query parameter \"\(name.prefix(80))\"",
            "is not known here; known: \(list)",
            hint: NearestName.hint(for: name, among: known)
        )
        error.rule = "known parameters"
        return error
    }
}

/// Percent-encoding of paths and queries (RFC 3986, section 2.1).
enum PercentEncoding {
    /// The text without its encoding; nil if an escape is no escape or the result is not UTF-8.
    static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
        let utf8 = text.utf8
        guard utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var position = utf8.startIndex
        while position < utf8.endIndex {
            let byte = utf8[position]
            position = utf8.index(after: position)
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let end = utf8.index(position, offsetBy: 2, limitedBy: utf8.endIndex),
                    let high = digit(utf8[position]), let low = digit(utf8[utf8.index(after: position)])
                else { return nil }
                bytes.append(high << 4 | low)
                position = end
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
