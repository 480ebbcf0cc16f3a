/// All schema resources of one compilation and what they name.
///
/// Nothing is ever fetched: what was not given does not exist.
struct SchemaRegistry {
    /// A subschema: the resource it belongs to and the way to it from that resource's root.
    struct Place: Hashable {
        var resource: Int
        var pointer: JSONPointer
    }

    struct Resource {
        let uri: String
        let root: JSON
        let dialect: Dialect
        var anchors: [String: JSONPointer] = [:]
        var dynamicAnchors: [String: JSONPointer] = [:]
        /// Resources that start inside this one.
        var embedded: [JSONPointer: Int] = [:]
    }

    private(set) var resources: [Resource] = []
    private var byURI: [String: Int] = [:]
    private var given: [String: JSON]
    private var loading: Set<String> = []

    init(given: [String: JSON]) {
        var normalized: [String: JSON] = [:]
        for (uri, schema) in given { normalized[URIReference(uri).resource] = schema }
        self.given = normalized
    }

    // MARK: Adding

    /// Adds a schema and everything bundled in it.
    mutating func add(_ root: JSON, uri: String) throws(SchemaError) -> Int {
        let own = try Self.identifier(of: root, base: uri, at: uri) ?? uri
        if let known = byURI[own], resources[known].root == root {
            byURI[uri] = known
            return known
        }
        let index = try addResource(root, uri: own, parent: .standard)
        if byURI[uri] == nil { byURI[uri] = index }
        return index
    }

    private mutating func addResource(_ root: JSON, uri: String, parent: Dialect) throws(SchemaError) -> Int {
        if let known = byURI[uri], resources[known].root != root {
            throw SchemaError(.duplicateIdentifier, at: uri, "two different schemas have this $id")
        }
        let dialect = try dialect(of: root, parent: parent, at: uri)
        let index = resources.count
        resources.append(Resource(uri: uri, root: root, dialect: dialect))
        byURI[uri] = index
        try scan(root, resource: index, pointer: .root)
        return index
    }

    private static func identifier(of schema: JSON, base: String, at place: String) throws(SchemaError) -> String? {
        guard let id = schema["$id"]?.stringValue else { return nil }
        let reference = URIReference(id)
        guard reference.fragment?.isEmpty ?? true else {
            throw SchemaError(.invalidIdentifier, at: place, "an $id has no fragment; $anchor makes one")
        }
        return URIReference(base).resolving(reference).resource
    }

    private mutating func dialect(of root: JSON, parent: Dialect, at uri: String) throws(SchemaError) -> Dialect {
        guard let name = root["$schema"]?.stringValue else { return parent }
        let named = URIReference(name).resource
        if named == MetaSchemas.dialect || MetaSchemas.all[named] != nil { return .standard }
        if named == "https://json-schema.org/draft/2019-09/schema" { return .draft201909 }
        // A meta-schema in its own dialect says of itself what it means.
        if named == uri { return try Dialect.read(metaSchema: root, at: uri) }
        let metaSchema = given[named] ?? byURI[named].map { resources[$0].root }
        guard let metaSchema else {
            throw SchemaError(.unknownDialect, at: uri + "#/$schema", "the dialect is not known: \(named)")
        }
        return try Dialect.read(metaSchema: metaSchema, at: named)
    }

    private mutating func scan(_ schema: JSON, resource: Int, pointer: JSONPointer) throws(SchemaError) {
        guard let members = schema.objectValue else { return }
        if !pointer.isRoot {
            let place = resources[resource].uri + "#" + URIReference.fragment(pointer)
            if let uri = try Self.identifier(of: schema, base: resources[resource].uri, at: place) {
                // The same schema may be bundled twice.
                if let known = byURI[uri], resources[known].root == schema {
                    resources[resource].embedded[pointer] = known
                    return
                }
                resources[resource].embedded[pointer] = try addResource(
                    schema,
                    uri: uri,
                    parent: resources[resource].dialect
                )
                return
            }
        }
        if let name = schema["$anchor"]?.stringValue { try register(name, isDynamic: false, resource, pointer) }
        if let name = schema["$dynamicAnchor"]?.stringValue { try register(name, isDynamic: true, resource, pointer) }
        for (keyword, value) in members {
            for (tokens, subschema) in Self.subschemas(of: keyword, value) {
                try scan(
                    subschema,
                    resource: resource,
                    pointer: JSONPointer(tokens: pointer.tokens + [keyword] + tokens)
                )
            }
        }
    }

    private mutating func register(
        _ name: String,
        isDynamic: Bool,
        _ resource: Int,
        _ pointer: JSONPointer
    ) throws(SchemaError) {
        let known = resources[resource].anchors[name]
        guard known == nil || known == pointer else {
            throw SchemaError(
                .duplicateIdentifier,
                at: resources[resource].uri + "#" + URIReference.fragment(pointer),
                "two subschemas of one resource have the anchor \(name)"
            )
        }
        resources[resource].anchors[name] = pointer
        if isDynamic { resources[resource].dynamicAnchors[name] = pointer }
    }

    /// The subschemas directly inside a keyword's value, with the way to them.
    static func subschemas(of keyword: String, _ value: JSON) -> [([String], JSON)] {
        switch keyword {
        case "not", "if", "then", "else", "contains", "additionalProperties", "propertyNames", "unevaluatedItems",
            "unevaluatedProperties", "contentSchema", "additionalItems":
            return [([], value)]
        case "items":
            if let elements = value.arrayValue { return elements.enumerated().map { ([String($0)], $1) } }
            return [([], value)]
        case "allOf", "anyOf", "oneOf", "prefixItems":
            return (value.arrayValue ?? []).enumerated().map { ([String($0)], $1) }
        case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies":
            return (value.objectValue ?? JSONObject()).map { ([$0.key], $0.value) }
        default: return []
        }
    }

    // MARK: Finding

    /// The resource a URI names, loading what was given under it.
    mutating func resource(_ uri: String) throws(SchemaError) -> Int? {
        if let known = byURI[uri] { return known }
        if let schema = given[uri] ?? MetaSchemas.all[uri] {
            guard loading.insert(uri).inserted else { return nil }
            return try add(schema, uri: uri)
        }
        // It may be bundled in one that was given.
        for (other, schema) in given.sorted(by: { $0.key < $1.key })
        where byURI[other] == nil && loading.insert(other).inserted {
            // What is wrong with a schema nobody refers to is no fault of this one.
            _ = try? add(schema, uri: other)
            if let known = byURI[uri] { return known }
        }
        return nil
    }

    /// What a reference leads to.
    ///
    /// - Parameters:
    ///   - reference: the value of `$ref` or `$dynamicRef`.
    ///   - resource: the resource it stands in.
    ///   - location: where it stands, for the error.
    /// - Returns: the place, and the dynamic anchor that was named, if it was one.
    /// - Throws: ``SchemaError`` if it leads nowhere.
    mutating func resolve(
        _ reference: String,
        from resource: Int,
        at location: String
    ) throws(SchemaError) -> (place: Place, dynamicAnchor: String?) {
        let target = URIReference(resources[resource].uri).resolving(URIReference(reference))
        guard let found = try self.resource(target.resource) else {
            throw SchemaError(
                .unresolvedReference,
                at: location,
                "the reference leads to \(target.resource), which was not given; nothing is fetched"
            )
        }
        guard let encoded = target.fragment, !encoded.isEmpty else {
            return (Place(resource: found, pointer: .root), nil)
        }
        guard let fragment = URIReference.decodingPercents(encoded) else {
            throw SchemaError(.unresolvedReference, at: location, "the reference's fragment is not UTF-8")
        }
        if fragment.hasPrefix("/") {
            guard let pointer = try? JSONPointer(parsing: fragment), let place = follow(pointer, from: found) else {
                throw SchemaError(.unresolvedReference, at: location, "the reference \(reference) leads to no schema")
            }
            return (place, nil)
        }
        guard let pointer = resources[found].anchors[fragment] else {
            throw SchemaError(.unresolvedReference, at: location, "the reference \(reference) leads to no anchor")
        }
        let isDynamic = resources[found].dynamicAnchors[fragment] != nil
        return (Place(resource: found, pointer: pointer), isDynamic ? fragment : nil)
    }

    /// Follows a pointer, changing over where a resource starts inside another.
    private func follow(_ pointer: JSONPointer, from resource: Int) -> Place? {
        var place = Place(resource: resource, pointer: .root)
        var value = resources[resource].root
        for token in pointer.tokens {
            guard let next = value.value(at: JSONPointer(tokens: [token])) else { return nil }
            value = next
            place.pointer.tokens.append(token)
            if let inner = resources[place.resource].embedded[place.pointer] {
                place = Place(resource: inner, pointer: .root)
            }
        }
        return place
    }

    /// The schema at a place.
    func schema(at place: Place) -> JSON? { resources[place.resource].root.value(at: place.pointer) }

    /// The place of a subschema, which may start a resource of its own.
    func place(_ place: Place, appending tokens: [String]) -> Place {
        let inner = Place(resource: place.resource, pointer: JSONPointer(tokens: place.pointer.tokens + tokens))
        if let resource = resources[place.resource].embedded[inner.pointer] {
            return Place(resource: resource, pointer: .root)
        }
        return inner
    }

    /// A place as a URI with a JSON Pointer as its fragment.
    func location(_ place: Place) -> String {
        resources[place.resource].uri + "#" + URIReference.fragment(place.pointer)
    }
}
