/// A JSON value, exactly as RFC 8259 defines it.
///
/// Numbers are exact decimals (``JSONNumber``), objects keep the order of their members but compare
/// without it (``JSONObject``), and strings compare by code points: `"é"` and `"e\u{301}"` differ,
/// although Swift calls them equal.
///
/// Sendable; a plain value.
///
/// Source: RFC 8259; RFC 8785 for ``canonical()``.
public enum JSON: Sendable {
    /// The literal `null`.
    case null
    /// One of the literals `true` and `false`.
    case bool(Bool)
    /// A number, kept exact.
    case number(JSONNumber)
    /// A string of Unicode scalars; never holds a lone surrogate.
    case string(String)
    /// An ordered list of values.
    case array([JSON])
    /// Members by name, each name once.
    case object(JSONObject)
}

extension JSON {
    /// Whether the value is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The boolean, or `nil` if the value is not one.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number, or `nil` if the value is not one.
    public var numberValue: JSONNumber? {
        if case .number(let value) = self { value } else { nil }
    }

    /// The number as an `Int`, or `nil` if the value is no number, has a fraction or does not fit.
    ///
    /// `1.0` and `1e0` are the integer 1: JSON has one kind of number.
    public var intValue: Int? {
        if case .number(let value) = self { value.int } else { nil }
    }

    /// The string, or `nil` if the value is not one.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, or `nil` if the value is not an array.
    public var arrayValue: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, or `nil` if the value is not an object.
    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member with this name, or `nil` if there is none or the value is not an object.
    public subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// The element at this position, or `nil` if it is out of range or the value is not an array.
    public subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value that a JSON Pointer leads to, or `nil` if there is none.
    ///
    /// - Parameter pointer: an array index is written without leading zeros; `-` leads nowhere.
    /// - Returns: the value itself for the empty pointer.
    ///
    /// Source: RFC 6901, section 4.
    public func value(at pointer: JSONPointer) -> JSON? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let members):
                guard let next = members[token] else { return nil }
                value = next
            case .array(let elements):
                guard let index = JSONPointer.index(token), index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }
}

extension JSON {
    /// Reads a JSON text strictly.
    ///
    /// - Parameters:
    ///   - bytes: one JSON text in UTF-8 without a byte order mark.
    ///   - limits: what is refused although RFC 8259 permits it.
    /// - Throws: ``JSONError`` with the place of the first fault.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONReader.tree(bytes, limits: limits)
    }

    /// Reads a JSON text strictly.
    ///
    /// - Parameters:
    ///   - text: one JSON text.
    ///   - limits: what is refused although RFC 8259 permits it.
    /// - Throws: ``JSONError`` with the place of the first fault.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONReader.tree(Array(text.utf8), limits: limits)
    }

    /// The value as compact JSON in UTF-8, members in their order.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The value in the one form that equal values share: members sorted, no white space.
    ///
    /// RFC 8785 only knows doubles. A fraction of up to 17 digits counts as the double it denotes, as the RFC wants;
    /// integers of any length, longer fractions, and numbers beyond a double's range keep all their digits, in the
    /// layout that ECMAScript gives to numbers. So different values share a form only if they are such short
    /// fractions of one double.
    ///
    /// Source: RFC 8785.
    public func canonical() -> [UInt8] {
        var writer = JSONWriter()
        writer.canonical(self)
        return writer.bytes
    }
}

extension JSON: CustomStringConvertible {
    /// The value as compact JSON.
    public var description: String { String(decoding: serialized(), as: UTF8.self) }
}

extension JSON: Hashable {
    /// Whether both are the same JSON value: numbers by value, strings by code points, objects without order.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameScalars(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    /// Feeds the value into a hasher, consistently with `==`.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .number(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .array(let value): hasher.combine(value)
        case .object(let value): hasher.combine(value)
        }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Makes `null`.
    public init(nilLiteral: ()) { self = .null }
    /// Makes a boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes an integer.
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    /// Makes a number from the shortest decimal that denotes the literal's double.
    public init(floatLiteral value: Double) { self = .number(JSONNumber(value)) }
    /// Makes a string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes an array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// Makes an object; of members with the same name, the last one stays.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var members = JSONObject()
        for (key, value) in elements { members[key] = value }
        self = .object(members)
    }
}

extension String {
    /// Whether both strings hold the same code points, which canonical equivalence (Swift's `==`) does not promise.
    func hasSameScalars(as other: String) -> Bool {
        // Swift's `==` is a plain comparison of memory in nearly all cases, and what it calls different is different.
        guard self == other else { return false }
        return utf8.elementsEqual(other.utf8)
    }
}
