import JSONSchema

/// Reads the members of one JSON object and refuses those it does not know.
///
/// Errors point from this object inwards; whoever reads a nested object adds the way to it.
struct MemberReader {
    private let members: JSONObject
    /// Whether the host wrote this itself, so that it may hold what is refused from outside.
    var isTrusted = false

    /// - Parameters:
    ///   - json: must be an object.
    ///   - known: the names it may have; a near one is hinted at for any other.
    ///   - also: more such names.
    /// - Throws: that it is no object or has another member.
    init(_ json: JSON, known: [String], also: [String] = []) throws(ShapeError) {
        guard case .object(let members) = json else {
            throw ShapeError("type", "this must be an object, not \(json.typeName)")
        }
        for (key, _) in members where !known.contains(key) && !also.contains(key) {
            let known = known + also
            let hint = NearestName.suggestion(for: key, among: known)
            throw ShapeError(
                "unknown-member",
                at: [key],
                "there is no member of this name here",
                limit: .array(known.map { .string($0) }),
                hint: hint
            )
        }
        self.members = members
    }

    /// - Parameter members: may have any name.
    init(_ members: JSONObject) { self.members = members }

    func has(_ key: String) -> Bool { members[key] != nil }

    func optional(_ key: String) -> JSON? { members[key] }

    func value(_ key: String) throws(ShapeError) -> JSON {
        guard let value = members[key] else { throw ShapeError("required", at: [key], "the member \(key) is missing") }
        return value
    }

    func optionalString(_ key: String) throws(ShapeError) -> String? {
        guard let value = members[key] else { return nil }
        guard case .string(let text) = value else { throw wrongType(key, "a string", value) }
        return text
    }

    func string(_ key: String) throws(ShapeError) -> String {
        guard case .string(let text) = try value(key) else { throw wrongType(key, "a string", try value(key)) }
        return text
    }

    func optionalName(_ key: String) throws(ShapeError) -> String? {
        guard let text = try optionalString(key) else { return nil }
        guard !text.isEmpty else {
            throw ShapeError("min-length", at: [key], "\(key) must not be empty", limit: 1, actual: 0)
        }
        return text
    }

    func name(_ key: String) throws(ShapeError) -> String {
        guard let text = try optionalName(key) else {
            throw ShapeError("required", at: [key], "the member \(key) is missing")
        }
        return text
    }

    func optionalInteger(_ key: String, minimum: Int, maximum: Int = .max) throws(ShapeError) -> Int? {
        guard let value = members[key] else { return nil }
        guard let number = value.intValue else { throw wrongType(key, "an integer", value) }
        guard number >= minimum else {
            throw ShapeError(
                "minimum",
                at: [key],
                "\(key) must be at least \(minimum)",
                limit: JSON(minimum),
                actual: JSON(number)
            )
        }
        guard number <= maximum else {
            throw ShapeError(
                "maximum",
                at: [key],
                "\(key) must be at most \(maximum)",
                limit: JSON(maximum),
                actual: JSON(number)
            )
        }
        return number
    }

    func integer(_ key: String, minimum: Int) throws(ShapeError) -> Int {
        guard let number = try optionalInteger(key, minimum: minimum) else {
            throw ShapeError("required", at: [key], "the member \(key) is missing")
        }
        return number
    }

    func boolean(_ key: String) throws(ShapeError) -> Bool {
        guard let flag = try value(key).boolValue else { throw wrongType(key, "true or false", try value(key)) }
        return flag
    }

    func optionalObject(_ key: String) throws(ShapeError) -> JSONObject? {
        guard let value = members[key] else { return nil }
        guard case .object(let object) = value else { throw wrongType(key, "an object", value) }
        return object
    }

    func optionalArray(_ key: String) throws(ShapeError) -> [JSON]? {
        guard let value = members[key] else { return nil }
        guard case .array(let elements) = value else { throw wrongType(key, "an array", value) }
        return elements
    }

    func optionalIdentifier<Kind>(_ key: String) throws(ShapeError) -> Identifier<Kind>? {
        guard let text = try optionalString(key) else { return nil }
        guard let identifier = Identifier<Kind>(parsing: text) else {
            throw ShapeError(
                "identifier",
                at: [key],
                "\(key) must be \(Kind.prefix) and 26 characters of 0-9, a-h, j, k, m, n, p-t, v-z, the first 0-7"
            )
        }
        return identifier
    }

    func identifier<Kind>(_ key: String) throws(ShapeError) -> Identifier<Kind> {
        guard let identifier: Identifier<Kind> = try optionalIdentifier(key) else {
            throw ShapeError("required", at: [key], "the member \(key) is missing")
        }
        return identifier
    }

    func optionalTime(_ key: String) throws(ShapeError) -> Timestamp? {
        guard let text = try optionalString(key) else { return nil }
        guard let time = Timestamp(parsing: text) else {
            throw ShapeError("date-time", at: [key], "\(key) must be a date and time as in RFC 3339")
        }
        return time
    }

    func time(_ key: String) throws(ShapeError) -> Timestamp {
        guard let time = try optionalTime(key) else {
            throw ShapeError("required", at: [key], "the member \(key) is missing")
        }
        return time
    }

    func pointer(_ key: String) throws(ShapeError) -> JSONPointer {
        let text = try string(key)
        do { return try JSONPointer(parsing: text) } catch {
            throw ShapeError("json-pointer", at: [key], "this must be a JSON Pointer: \(error)")
        }
    }

    /// Reads a nested value, if it is there.
    func optional<Value>(
        _ key: String,
        _ read: (JSON) throws(ShapeError) -> Value
    ) throws(ShapeError) -> Value? {
        guard let json = members[key] else { return nil }
        do { return try read(json) } catch { throw error.inside(key) }
    }

    /// Reads a nested value, which must be there.
    func nested<Value>(_ key: String, _ read: (JSON) throws(ShapeError) -> Value) throws(ShapeError) -> Value {
        let json = try value(key)
        do { return try read(json) } catch { throw error.inside(key) }
    }

    /// Reads every element of an array; none if the array is absent.
    func list<Value>(_ key: String, _ read: (JSON) throws(ShapeError) -> Value) throws(ShapeError) -> [Value] {
        guard let elements = try optionalArray(key), !elements.isEmpty else { return [] }
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do { values.append(try read(element)) } catch { throw error.inside(key, String(index)) }
        }
        return values
    }

    private func wrongType(_ key: String, _ expected: String, _ actual: JSON) -> ShapeError {
        ShapeError("type", at: [key], "\(key) must be \(expected), not \(actual.typeName)")
    }
}

extension JSON {
    init(_ number: Int) { self = .number(JSONNumber(number)) }

    /// The kind of value with an article, for messages.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
