public import JSONSchema

/// A list of operations that change a JSON value, all or none.
///
/// JSON: `[{"op": "add|replace|test", "path": string, "value": any}, {"op": "remove", "path": string},
/// {"op": "move|copy", "from": string, "path": string}]`; further members are ignored, as the standard asks.
///
/// Sendable; a plain value.
///
/// Source: RFC 6902.
public struct JSONPatch: Sendable, Hashable {
    /// One operation.
    ///
    /// Sendable; a plain value.
    public enum Operation: Sendable, Hashable {
        /// Sets a member or inserts an element.
        case add(JSONPointer, JSON)
        /// Takes a member or element away.
        case remove(JSONPointer)
        /// Puts another value in the place of one.
        case replace(JSONPointer, JSON)
        /// Takes a value from one place to another.
        case move(from: JSONPointer, to: JSONPointer)
        /// Adds a value of one place in another.
        case copy(from: JSONPointer, to: JSONPointer)
        /// Fails unless the value is this one.
        case test(JSONPointer, JSON)
    }

    /// The operations, in order.
    public var operations: [Operation]

    /// Makes a patch.
    ///
    /// - Parameter operations: in order.
    public init(_ operations: [Operation]) { self.operations = operations }

    /// Reads a patch.
    ///
    /// - Parameter json: the shape above.
    /// - Throws: ``ShapeError``.
    public init(json: JSON) throws(ShapeError) {
        guard case .array(let elements) = json else {
            throw ShapeError("type", "a patch must be an array, not \(json.typeName)")
        }
        operations = []
        operations.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do { operations.append(try Operation(json: element)) } catch { throw error.inside(String(index)) }
        }
    }

    /// Writes the shape above.
    ///
    /// - Parameter writer: where a value is due.
    public func write(into writer: inout JSONWriter) {
        writer.beginArray()
        for operation in operations { operation.write(into: &writer) }
        writer.endArray()
    }

    /// Applies the operations in order, all or none.
    ///
    /// - Parameter value: changed in place; as it was if an operation fails.
    /// - Throws: ``Fault`` of the first operation that fails.
    public func apply(to value: inout JSON) throws(Fault) {
        var changed = value
        for (index, operation) in operations.enumerated() {
            do throws(PointerFault) { try operation.apply(to: &changed) } catch {
                throw Fault(operation: index, rule: error.rule, message: error.message)
            }
        }
        value = changed
    }

    /// Why a patch does not apply.
    ///
    /// Sendable; a plain value.
    public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        /// The position of the operation that fails.
        public var operation: Int
        /// `test` if a test fails, else `pointer` or `range`.
        public var rule: String
        /// What is wrong, in a sentence.
        public var message: String

        /// The position and the sentence.
        public var description: String { "operation \(operation): \(message)" }
    }
}

extension JSONPatch.Operation {
    private static let names = ["add", "remove", "replace", "move", "copy", "test"]

    /// Reads an operation; members it does not need are ignored (RFC 6902, section 4).
    init(json: JSON) throws(ShapeError) {
        guard case .object(let members) = json else {
            throw ShapeError("type", "an operation must be an object, not \(json.typeName)")
        }
        let reader = MemberReader(members)
        let op = try reader.string("op")
        guard Self.names.contains(op) else {
            throw ShapeError(
                "enum",
                at: ["op"],
                "there is no such operation",
                limit: .array(Self.names.map { .string($0) }),
                hint: NearestName.suggestion(for: op, among: Self.names)
            )
        }
        let path = try reader.pointer("path")
        switch op {
        case "add": self = .add(path, try reader.value("value"))
        case "remove": self = .remove(path)
        case "replace": self = .replace(path, try reader.value("value"))
        case "move": self = .move(from: try reader.pointer("from"), to: path)
        case "copy": self = .copy(from: try reader.pointer("from"), to: path)
        default: self = .test(path, try reader.value("value"))
        }
    }

    fileprivate func write(into writer: inout JSONWriter) {
        func write(_ op: StaticString, _ path: JSONPointer, from: JSONPointer? = nil, value: JSON? = nil) {
            writer.beginObject()
            writer.key("op")
            writer.string(unescaped: UnsafeBufferPointer(start: op.utf8Start, count: op.utf8CodeUnitCount))
            if let from {
                writer.key("from")
                writer.string(from.description)
            }
            writer.key("path")
            writer.string(path.description)
            if let value {
                writer.key("value")
                writer.value(value)
            }
            writer.endObject()
        }
        switch self {
        case .add(let path, let value): write("add", path, value: value)
        case .remove(let path): write("remove", path)
        case .replace(let path, let value): write("replace", path, value: value)
        case .move(let from, let path): write("move", path, from: from)
        case .copy(let from, let path): write("copy", path, from: from)
        case .test(let path, let value): write("test", path, value: value)
        }
    }

    fileprivate func apply(to root: inout JSON) throws(PointerFault) {
        switch self {
        case .add(let path, let value): try root.add(value, at: path.tokens[...])
        case .remove(let path): _ = try root.take(at: path.tokens[...])
        case .replace(let path, let value): try root.replace(at: path.tokens[...], with: value)
        case .move(let from, let path):
            guard !path.hasPrefix(from) || path == from else {
                throw PointerFault(token: "", rule: "pointer", message: "a value cannot be moved into itself")
            }
            let value = try root.take(at: from.tokens[...])
            try root.add(value, at: path.tokens[...])
        case .copy(let from, let path):
            guard let value = root.value(at: from) else { throw .missing(from.tokens.last ?? "") }
            try root.add(value, at: path.tokens[...])
        case .test(let path, let expected):
            guard let value = root.value(at: path) else { throw .missing(path.tokens.last ?? "") }
            guard value == expected else {
                throw PointerFault(token: "", rule: "test", message: "the value is not the one tested for")
            }
        }
    }
}

extension PointerFault {
    fileprivate static func missing(_ token: String) -> PointerFault {
        PointerFault(token: token, rule: "pointer", message: "the pointer leads to nothing")
    }
}

extension JSON {
    /// RFC 6902, section 4.1.
    fileprivate mutating func add(_ value: JSON, at tokens: ArraySlice<String>) throws(PointerFault) {
        guard !tokens.isEmpty else {
            self = value
            return
        }
        try withContainer(tokens) { (container, token) throws(PointerFault) in
            switch container {
            case .object(var members):
                container = .null
                members[token] = value
                container = .object(members)
            case .array(var elements):
                let index = try Self.index(token, count: elements.count)
                container = .null
                elements.insert(value, at: index)
                container = .array(elements)
            default: throw Self.scalar(token, container)
            }
        }
    }

    /// RFC 6902, section 4.2.
    fileprivate mutating func take(at tokens: ArraySlice<String>) throws(PointerFault) -> JSON {
        guard !tokens.isEmpty else {
            defer { self = .null }
            return self
        }
        return try withContainer(tokens) { (container, token) throws(PointerFault) in
            switch container {
            case .object(var members):
                container = .null
                let removed = members.removeValue(forKey: token)
                container = .object(members)
                guard let removed else { throw .missing(token) }
                return removed
            case .array(var elements):
                guard let index = JSONPointer.index(token), index < elements.count else { throw .missing(token) }
                container = .null
                let removed = elements.remove(at: index)
                container = .array(elements)
                return removed
            default: throw Self.scalar(token, container)
            }
        }
    }

    /// RFC 6902, section 4.3.
    fileprivate mutating func replace(at tokens: ArraySlice<String>, with value: JSON) throws(PointerFault) {
        guard !tokens.isEmpty else {
            self = value
            return
        }
        try withContainer(tokens) { (container, token) throws(PointerFault) in
            switch container {
            case .object(var members):
                guard members[token] != nil else { throw .missing(token) }
                container = .null
                members[token] = value
                container = .object(members)
            case .array(var elements):
                guard let index = JSONPointer.index(token), index < elements.count else { throw .missing(token) }
                container = .null
                elements[index] = value
                container = .array(elements)
            default: throw Self.scalar(token, container)
            }
        }
    }

    /// Lends the value around the one that the tokens, at least one, lead to, and the last token.
    private mutating func withContainer<Result>(
        _ tokens: ArraySlice<String>,
        _ body: (inout JSON, String) throws(PointerFault) -> Result
    ) throws(PointerFault) -> Result {
        let rest = tokens.dropFirst()
        guard let token = tokens.first, !rest.isEmpty else { return try body(&self, tokens.first ?? "") }
        switch self {
        case .object(var members):
            guard members[token] != nil else { throw .missing(token) }
            self = .null
            defer { self = .object(members) }
            return try members.withValue(token) { next throws(PointerFault) in try next.withContainer(rest, body) }
        case .array(var elements):
            guard let index = JSONPointer.index(token), index < elements.count else { throw .missing(token) }
            self = .null
            defer { self = .array(elements) }
            return try elements[index].withContainer(rest, body)
        default: throw Self.scalar(token, self)
        }
    }
}
