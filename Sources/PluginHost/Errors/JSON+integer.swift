import JSONSchema

extension JSON {
    /// A whole number.
    static func integer(_ value: Int) -> JSON { .number(JSONNumber(value)) }
}
