/// How a schema is compiled.
///
/// Sendable; a plain value.
public struct SchemaOptions: Sendable, Hashable {
    /// What `format` does.
    ///
    /// Sendable.
    public enum Formats: Sendable, Hashable {
        /// It asserts only where the dialect's vocabulary says so; else it is an annotation.
        ///
        /// Source: JSON Schema 2020-12, validation, section 7.2.
        case asDialectSays
        /// It asserts, for all formats of the specification; unknown ones are annotations.
        case asserted
    }

    /// Formats as the dialect says, the meta-schema checked, ``SchemaLimits/default``.
    public static let `default` = SchemaOptions()

    /// What `format` does.
    public var formats: Formats
    /// Whether the schema is validated against its meta-schema first.
    public var checksMetaSchema: Bool
    /// The base of relative references where the schema has no `$id`; absolute, or empty for none.
    public var baseURI: String
    /// What a schema may cost.
    public var limits: SchemaLimits

    /// Makes a set of options; what is not given is as in ``default``.
    ///
    /// - Parameters:
    ///   - formats: whether `format` asserts.
    ///   - checksMetaSchema: only for schemas that are known to be right, such as embedded ones.
    ///   - baseURI: absolute, without a fragment.
    ///   - limits: what a schema may cost.
    public init(
        formats: Formats = .asDialectSays,
        checksMetaSchema: Bool = true,
        baseURI: String = "",
        limits: SchemaLimits = .default
    ) {
        self.formats = formats
        self.checksMetaSchema = checksMetaSchema
        self.baseURI = baseURI
        self.limits = limits
    }
}
