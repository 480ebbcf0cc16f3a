import JSONSchema

extension JSONObject {
    /// Lends a member's value for a change in place; the member must exist.
    mutating func withValue<Result, Failure: Error>(
        _ key: String,
        _ body: (inout JSON) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var value = self[key] ?? .null
        // The object lets go of the value meanwhile, so that nothing is copied.
        self[key] = .null
        defer { self[key] = value }
        return try body(&value)
    }
}

/// What setting or removing a value at a pointer came to.
enum PointerEdit {
    /// It was so already.
    case unchanged
    /// There was another value.
    case replaced(JSON)
    /// There was none; the first so many tokens lead to what was made, the last of them as an index if it is one.
    case added(tokens: [String])
    /// There was this value, and it is gone; whether it was an element of an array.
    case removed(JSON, isElement: Bool)
}

/// Why a pointer leads nowhere.
struct PointerFault: Error {
    /// The token that fails.
    var token: String
    var rule: String
    var message: String
    var limit: JSON?
}

extension JSON {
    /// Sets the value at a pointer, making objects on the way where there is nothing.
    ///
    /// - Parameters:
    ///   - value: what to set.
    ///   - tokens: the way; `-` or the length of an array appends to it.
    ///   - isInsertion: whether an element of an array is inserted rather than replaced.
    /// - Returns: what it came to.
    /// - Throws: ``PointerFault`` if the way leads through a scalar or beyond an array.
    mutating func set(
        _ value: JSON,
        at tokens: ArraySlice<String>,
        isInsertion: Bool = false
    ) throws(PointerFault) -> PointerEdit {
        guard let token = tokens.first else {
            guard self != value else { return .unchanged }
            defer { self = value }
            return .replaced(self)
        }
        let rest = tokens.dropFirst()
        switch self {
        case .object(var members):
            self = .null
            defer { self = .object(members) }
            if let old = members[token] {
                if rest.isEmpty {
                    guard old != value else { return .unchanged }
                    members[token] = value
                    return .replaced(old)
                }
                let edit = try members.withValue(token) { next throws(PointerFault) in
                    try next.set(value, at: rest, isInsertion: isInsertion)
                }
                return edit.behind(token)
            }
            members[token] = rest.reversed().reduce(value) { .object([$1: $0]) }
            return .added(tokens: [token])
        case .array(var elements):
            self = .null
            defer { self = .array(elements) }
            let index = try Self.index(token, count: elements.count)
            if rest.isEmpty {
                guard index < elements.count, !isInsertion else {
                    elements.insert(value, at: index)
                    return .added(tokens: [String(index)])
                }
                let old = elements[index]
                guard old != value else { return .unchanged }
                elements[index] = value
                return .replaced(old)
            }
            guard index < elements.count else {
                throw PointerFault(
                    token: token,
                    rule: "pointer",
                    message: "there is no element of this index to go on from",
                    limit: JSON(elements.count)
                )
            }
            return try elements[index].set(value, at: rest, isInsertion: isInsertion).behind(String(index))
        case .null, .bool, .number, .string: throw Self.scalar(token, self)
        }
    }

    /// Removes the value at a pointer, if there is one.
    mutating func remove(at tokens: ArraySlice<String>) -> PointerEdit {
        guard let token = tokens.first else { return .unchanged }
        let rest = tokens.dropFirst()
        switch self {
        case .object(var members):
            guard members[token] != nil else { return .unchanged }
            self = .null
            defer { self = .object(members) }
            if rest.isEmpty {
                return members.removeValue(forKey: token).map { .removed($0, isElement: false) } ?? .unchanged
            }
            return members.withValue(token) { $0.remove(at: rest) }
        case .array(var elements):
            guard let index = JSONPointer.index(token), index < elements.count else { return .unchanged }
            self = .null
            defer { self = .array(elements) }
            if rest.isEmpty { return .removed(elements.remove(at: index), isElement: true) }
            return elements[index].remove(at: rest)
        case .null, .bool, .number, .string: return .unchanged
        }
    }

    static func index(_ token: String, count: Int) throws(PointerFault) -> Int {
        if token == "-" { return count }
        guard let index = JSONPointer.index(token) else {
            throw PointerFault(token: token, rule: "pointer", message: "an element of an array has an index or -")
        }
        guard index <= count else {
            throw PointerFault(
                token: token,
                rule: "range",
                message: "the array has not so many elements",
                limit: JSON(count)
            )
        }
        return index
    }

    static func scalar(_ token: String, _ value: JSON) -> PointerFault {
        PointerFault(token: token, rule: "pointer", message: "the pointer leads into \(value.typeName)")
    }
}

extension PointerEdit {
    /// The same edit seen from one level further outside.
    fileprivate func behind(_ token: String) -> PointerEdit {
        if case .added(let tokens) = self { .added(tokens: [token] + tokens) } else { self }
    }
}
