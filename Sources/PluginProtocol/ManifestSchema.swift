internal import JSONSchema

/// Checks manifests against `manifest.json`.
enum ManifestSchema {
    private static let manifest = ProtocolSchemas.schema(named: "manifest")

    /// Checks the whole manifest; what the reader has words of its own for was checked before.
    static func check(_ json: JSON) throws(ManifestError) {
        guard let violation = manifest.violations(in: json, limit: 1).first else { return }
        throw ManifestError(
            at: violation.instance,
            rule: violation.keyword,
            violation.message,
            limit: violation.limit,
            actual: violation.actual.map(\.shortened),
            hint: violation.hint
        )
    }
}
