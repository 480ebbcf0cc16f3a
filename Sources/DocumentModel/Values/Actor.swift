public import JSONSchema

/// Who did something: a person, a plugin, an API client or the host itself.
///
/// JSON: `{"type": "user|plugin|client|system", "id": string, "name"?: string}`.
///
/// Sendable; a plain value.
public struct Actor: Sendable {
    /// What the actor is.
    ///
    /// Sendable.
    public enum Kind: String, Sendable, CaseIterable {
        /// A person.
        case user
        /// A registered plugin.
        case plugin
        /// A program that uses the API.
        case client
        /// The host itself.
        case system
    }

    /// What the actor is.
    public var kind: Kind
    /// Names the actor within its kind; not empty.
    public var id: String
    /// What people call the actor.
    public var name: String?

    /// Makes an actor.
    ///
    /// - Parameters:
    ///   - kind: what it is.
    ///   - id: names it within its kind; not empty.
    ///   - name: what people call it.
    public init(kind: Kind, id: String, name: String? = nil) {
        self.kind = kind
        self.id = id
        self.name = name
    }

    /// Reads an actor.
    ///
    /// - Parameter json: the shape above.
    /// - Throws: ``ShapeError``.
    public init(json: JSON) throws(ShapeError) {
        let reader = try MemberReader(json, known: ["type", "id", "name"])
        let type = try reader.string("type")
        guard let kind = Kind(rawValue: type) else {
            throw ShapeError(
                "enum",
                at: ["type"],
                "there is no such type of actor",
                limit: .array(Kind.allCases.map { .string($0.rawValue) }),
                hint: NearestName.suggestion(for: type, among: Kind.allCases.map(\.rawValue))
            )
        }
        self.kind = kind
        id = try reader.name("id")
        name = try reader.optionalString("name")
    }

    /// Writes the shape above.
    ///
    /// - Parameter writer: where a value is due.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.string(unescaped: kind.rawValue.utf8)
        writer.key("id")
        writer.string(id)
        if let name {
            writer.key("name")
            writer.string(name)
        }
        writer.endObject()
    }

    /// Whether both name the same actor, whatever they are called.
    func isSame(as other: Actor) -> Bool { kind == other.kind && id.hasSameScalars(as: other.id) }

    /// The length of the JSON form.
    var byteCount: Int {
        var count = #"{"type":"","id":""}"#.utf8.count + kind.rawValue.utf8.count + id.escapedByteCount
        if let name { count += #","name":"""#.utf8.count + name.escapedByteCount }
        return count
    }
}

extension Actor: Hashable {
    /// Whether all members are the same, code point by code point.
    public static func == (left: Actor, right: Actor) -> Bool {
        left.isSame(as: right) && left.name.hasSameScalars(as: right.name)
    }

    /// Feeds kind and id into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(id)
    }
}

/// Someone who takes part in a document; the shape is that of an ``Actor``.
public typealias Participant = Actor
