internal import DocumentModel
internal import JSONSchema

/// Reads members of one object of a manifest and knows where it stands.
struct ManifestReader {
    let json: JSON
    let pointer: JSONPointer

    /// A required string.
    func string(_ name: String) throws(ManifestError) -> String {
        guard let text = try optionalString(name) else { throw expected("a string", name) }
        return text
    }

    /// A string, or nil if there is no such member.
    func optionalString(_ name: String) throws(ManifestError) -> String? {
        guard let value = json[name] else { return nil }
        guard let text = value.stringValue else { throw expected("a string", name) }
        return text
    }

    /// An integer, or nil if there is no such member.
    func integer(_ name: String) throws(ManifestError) -> Int? {
        guard let value = json[name] else { return nil }
        guard let number = value.intValue else { throw expected("an integer", name) }
        return number
    }

    /// A boolean, or nil if there is no such member.
    func bool(_ name: String) throws(ManifestError) -> Bool? {
        guard let value = json[name] else { return nil }
        guard let bool = value.boolValue else { throw expected("a boolean", name) }
        return bool
    }

    /// A required array of strings.
    func requiredStrings(_ name: String) throws(ManifestError) -> [String] {
        guard json[name] != nil else { throw expected("an array of strings", name) }
        return try strings(name)
    }

    /// An array of strings, empty if there is no such member.
    func strings(_ name: String) throws(ManifestError) -> [String] {
        guard let value = json[name] else { return [] }
        guard let elements = value.arrayValue else { throw expected("an array of strings", name) }
        let place = pointer.appending(name)
        var strings: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.stringValue else {
                throw Self.expected("a string", at: place.appending(index), found: element)
            }
            strings.append(text)
        }
        return strings
    }

    /// An array of objects, empty if there is no such member.
    func elements(_ name: String) throws(ManifestError) -> [ManifestReader] {
        guard let value = json[name] else { return [] }
        guard let elements = value.arrayValue else { throw expected("an array", name) }
        let place = pointer.appending(name)
        var readers: [ManifestReader] = []
        for (index, element) in elements.enumerated() {
            guard element.objectValue != nil else {
                throw Self.expected("an object", at: place.appending(index), found: element)
            }
            readers.append(ManifestReader(json: element, pointer: place.appending(index)))
        }
        return readers
    }

    /// An object's reader; of an empty object if there is no such member.
    func object(_ name: String) throws(ManifestError) -> ManifestReader {
        guard let value = json[name] else { return ManifestReader(json: [:], pointer: pointer.appending(name)) }
        guard value.objectValue != nil else { throw expected("an object", name) }
        return ManifestReader(json: value, pointer: pointer.appending(name))
    }

    /// One of a closed set of words, or nil if there is no such member.
    func choice<Word>(_ name: String) throws(ManifestError) -> Word?
    where Word: RawRepresentable & CaseIterable, Word.RawValue == String {
        guard let text = try optionalString(name) else { return nil }
        return try Self.choice(text, among: Array(Word.allCases), at: pointer.appending(name))
    }

    /// The case with this name.
    static func choice<Word>(_ text: String, among words: [Word], at place: JSONPointer) throws(ManifestError) -> Word
    where Word: RawRepresentable, Word.RawValue == String {
        if let word = words.first(where: { $0.rawValue == text }) { return word }
        let names = words.map(\.rawValue)
        throw ManifestError(
            at: place,
            rule: "enum",
            "expected one of \(names.joined(separator: ", ")), found \(JSON.string(text).brief)",
            limit: .array(names.map { .string($0) }),
            actual: JSON.string(text).shortened,
            hint: NearestName.hint(for: text, among: names)
        )
    }

    /// Scopes by name, empty if there is no such member.
    func scopes(_ name: String) throws(ManifestError) -> [Scope] {
        let place = pointer.appending(name)
        var scopes: [Scope] = []
        for (index, text) in try strings(name).enumerated() {
            do {
                scopes.append(try Scope(named: text))
            } catch {
                throw ManifestError(
                    at: place.appending(index),
                    rule: "scope",
                    error.message,
                    limit: .array(Scope.all.map { .string($0.description) }),
                    actual: JSON.string(text).shortened,
                    hint: error.hint
                )
            }
        }
        return scopes
    }

    /// Pointers into documents, without array indices; nil if there is no such member.
    func documentPointers(_ name: String) throws(ManifestError) -> [JSONPointer]? {
        guard json[name] != nil else { return nil }
        let place = pointer.appending(name)
        var pointers: [JSONPointer] = []
        for (index, text) in try strings(name).enumerated() {
            pointers.append(try Self.documentPointer(text, at: place.appending(index)))
        }
        return pointers
    }

    private static func documentPointer(_ text: String, at place: JSONPointer) throws(ManifestError) -> JSONPointer {
        let parsed: JSONPointer
        do {
            parsed = try JSONPointer(parsing: text)
        } catch {
            throw ManifestError(
                at: place,
                rule: "pointer",
                "\(JSON.string(text).brief) is not a JSON Pointer",
                actual: JSON.string(text).shortened,
                hint: text.hasPrefix("/") ? nil : "a pointer starts with \"/\""
            )
        }
        guard let first = parsed.tokens.first else { return parsed }
        guard DocumentSelection.memberNames.contains(first) else {
            throw ManifestError(
                at: place,
                rule: "pointer",
                "a document has no member \(JSON.string(first).brief)",
                limit: .array(DocumentSelection.memberNames.map { .string($0) }),
                actual: JSON.string(text).shortened,
                hint: NearestName.hint(for: first, among: DocumentSelection.memberNames)
            )
        }
        // Names of properties are free and may look like an index; elsewhere a number can only be one.
        let structural = parsed.tokens.prefix { $0 != "properties" && $0 != "value" }
        if let index = structural.first(where: { $0 == "-" || JSONPointer.index($0) != nil }) {
            throw ManifestError(
                at: place,
                rule: "array-index",
                "\(JSON.string(text).brief) names the array index \(index); positions are not permitted here",
                actual: JSON.string(text).shortened,
                hint: "leave the index out: the pointer then stands for all elements"
            )
        }
        return parsed
    }

    private func expected(_ what: String, _ name: String) -> ManifestError {
        Self.expected(what, at: pointer.appending(name), found: json[name])
    }

    private static func expected(_ what: String, at place: JSONPointer, found: JSON?) -> ManifestError {
        ManifestError(
            at: place,
            rule: found == nil ? "required" : "type",
            found.map { "expected \(what), found \($0.brief)" } ?? "expected \(what), found no such member",
            actual: found?.shortened
        )
    }
}
