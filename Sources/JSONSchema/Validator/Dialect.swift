/// Which keywords mean something in a schema resource.
struct Dialect: Hashable {
    /// A group of keywords.
    enum Vocabulary: String, CaseIterable {
        case core
        case applicator
        case unevaluated
        case validation
        case metaData = "meta-data"
        case formatAnnotation = "format-annotation"
        case formatAssertion = "format-assertion"
        case content
    }

    static let standard = Dialect(vocabularies: [
        .core, .applicator, .unevaluated, .validation, .metaData, .formatAnnotation, .content,
    ])

    /// Draft 2019-09 as far as it differs where schemas of 2020-12 refer to it.
    static let draft201909 = Dialect(vocabularies: standard.vocabularies, hasItemsArrays: true)

    var vocabularies: Set<Vocabulary>
    /// `items` may be an array, with `additionalItems` for the rest, and there is no `prefixItems`.
    var hasItemsArrays = false

    func has(_ vocabulary: Vocabulary) -> Bool { vocabularies.contains(vocabulary) }

    private static let vocabularyPrefix = "https://json-schema.org/draft/2020-12/vocab/"

    /// Reads a meta-schema's `$vocabulary`.
    ///
    /// - Returns: the standard vocabularies if it has none.
    /// - Throws: ``SchemaError`` if a vocabulary that is required is not known.
    ///
    /// Source: JSON Schema 2020-12, core, section 8.1.2.
    static func read(metaSchema: JSON, at uri: String) throws(SchemaError) -> Dialect {
        guard let listed = metaSchema["$vocabulary"]?.objectValue else { return .standard }
        var vocabularies: Set<Vocabulary> = [.core]
        for (name, isRequired) in listed {
            if name.hasPrefix(vocabularyPrefix),
                let known = Vocabulary(rawValue: String(name.dropFirst(vocabularyPrefix.count)))
            {
                vocabularies.insert(known)
            } else if isRequired.boolValue == true {
                throw SchemaError(
                    .unknownVocabulary,
                    at: uri + "#/$vocabulary",
                    "the dialect requires a vocabulary that is not known: \(name)"
                )
            }
        }
        return Dialect(vocabularies: vocabularies)
    }
}
