import JSONSchema

/// Whether the validator refuses anything at all; what tests its verdicts is skipped while it does not.
enum SchemaValidator {
    static let isThere = (try? Schema(compiling: ["type": "string"]))?.isValid(7) == false
}
